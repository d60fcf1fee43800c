import { reasonError } from "../../meta/error.ts";
import type { OutboundCall, TransHost } from "../trans.ts";
import { MemoryCall } from "./memory-call.ts";

/** An app as callers of the same process reach it. */
export class MemoryEndpoint {
  readonly #host: TransHost;
  readonly #calls = new Set<MemoryCall>();
  /** It takes nothing new. */
  draining = false;

  constructor(host: TransHost) {
    this.#host = host;
  }

  /** Takes a call over. `onDone` is told when it is over. */
  accept(outbound: OutboundCall, onDone: (call: MemoryCall) => void): MemoryCall {
    const call = new MemoryCall(outbound, this.#host.app, (done) => {
      this.#calls.delete(done);
      onDone(done);
    });
    this.#calls.add(call);
    // Not within the caller's code: a handler never runs in the middle of another.
    queueMicrotask(() => {
      if (this.draining && !call.notify) call.fail(reasonError("DRAINING", `${this.#host.app} is shutting down`));
      else call.dispatch(this.#host);
    });
    return call;
  }

  close(): void {
    for (const call of [...this.#calls]) call.breakOff();
  }
}
