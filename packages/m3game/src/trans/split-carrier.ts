import type { Carrier, RoutedCall } from "../rpc/carrier.ts";

/** Sends calls to one app through the mesh, calls to many through the broker. */
export class SplitCarrier implements Carrier {
  readonly #mesh: Carrier;
  readonly #broadcaster: Carrier;

  constructor(mesh: Carrier, broadcaster: Carrier) {
    this.#mesh = mesh;
    this.#broadcaster = broadcaster;
  }

  send(call: RoutedCall): void {
    this.#of(call).send(call);
  }

  release(call: RoutedCall, cancelled: boolean): void {
    this.#of(call).release(call, cancelled);
  }

  #of({ route }: RoutedCall): Carrier {
    return route.kind === "broadcast" || route.kind === "multicast" ? this.#broadcaster : this.#mesh;
  }
}
