import { type Transport, webSocketTransport } from "@m3game/client";

/** Connects to one gate after the other, as a load balancer would have it. `first`: the index of the first one. */
export function anyGate(gates: readonly string[], first: number): Transport {
  let turn = first;
  return (_url, events) => webSocketTransport(`ws://${gates[turn++ % gates.length]}/`, events);
}
