import type { Transport } from "@m3game/client";
import { definePlugin, type GateHost } from "m3game";
import { z } from "zod";

/** A gate whose clients are in the same process: their messages take no socket. */
export class MemoryGate {
  #host: GateHost | undefined;

  readonly plugin = definePlugin({
    kind: "gate",
    name: "gate_memory",
    config: z.object({}),
    create: () => ({
      scheme: "memory",
      listen: async (host) => {
        this.#host = host;
        return { endpoint: "memory:0", drain() {}, async [Symbol.asyncDispose]() {} };
      },
      async [Symbol.asyncDispose]() {},
    }),
  });

  readonly transport: Transport = (_url, events) => {
    const receiver = this.#host?.accept({
      remote: "memory",
      backlogBytes: 0,
      send: (message) => queueMicrotask(() => events.onMessage(message)),
      close: (_code, reason) => queueMicrotask(() => events.onClose(0, reason)),
    });
    if (receiver === undefined) throw new Error("the gate does not listen yet");
    queueMicrotask(() => events.onOpen());
    return { send: (message) => receiver.onMessage(message), close: () => receiver.onClose() };
  };
}
