import { definePlugin, type InboundCall, type PluginDefinition, type TransHost } from "m3game";
import { emptyMetadata, RouteType } from "m3game/internal";
import { z } from "zod";

const nothing: AsyncDisposable = { [Symbol.asyncDispose]: async () => {} };

/** Hands encoded requests to the app of this process without a network: what is left is the server's own path. */
export class DirectTrans {
  #host: TransHost | undefined;

  readonly plugin: PluginDefinition<"trans"> = definePlugin({
    kind: "trans",
    name: "trans_direct",
    config: z.object({}),
    create: () => ({
      scheme: "direct",
      preference: 100,
      isGrpc: false,
      listen: async (host) => {
        this.#host = host;
        return { endpoint: host.app, drain: () => {}, ...nothing };
      },
      connect: () => {
        throw new Error("trans_direct only takes calls");
      },
      ...nothing,
    }),
  });

  readonly config = "[[Plugin.Trans.trans_direct]]\n";

  /** Runs one call; `done` gets its encoded answer, or undefined and why it failed. */
  call(method: string, payload: Uint8Array, done: (answer: Uint8Array | undefined, error?: Error) => void): void {
    if (this.#host === undefined) throw new Error("the app does not listen yet");
    this.#host.dispatch(new DirectCall(method, payload, performance.now() + 10_000, done));
  }
}

class DirectCall implements InboundCall {
  readonly method: string;
  readonly payload: Uint8Array;
  readonly deadline: number;
  readonly metadata = emptyMetadata;
  readonly routeType = RouteType.HASH;
  readonly hashKey = "";
  readonly targetService = "";
  readonly targetApp = "";
  readonly sourceApp = "bench.world1.client.1";
  readonly hops = 0;
  readonly chain = "";
  readonly notify = false;
  onCancel: (() => void) | undefined = undefined;
  readonly #done: (answer: Uint8Array | undefined, error?: Error) => void;

  constructor(
    method: string,
    payload: Uint8Array,
    deadline: number,
    done: (answer: Uint8Array | undefined, error?: Error) => void,
  ) {
    this.method = method;
    this.payload = payload;
    this.deadline = deadline;
    this.#done = done;
  }

  respond(payload: Uint8Array): void {
    this.#done(payload);
  }

  fail(error: Error): void {
    this.#done(undefined, error);
  }
}
