import { reasonError } from "../../meta/error.ts";
import type { Link, LinkState, OutboundCall } from "../trans.ts";
import { MemoryCall } from "./memory-call.ts";
import type { MemoryEndpoint } from "./memory-endpoint.ts";

/** A link to an app of the same process. */
export class MemoryLink implements Link {
  readonly #targetApp: string;
  readonly #find: () => MemoryEndpoint | undefined;
  readonly #onClose: () => void;
  readonly #calls = new Set<MemoryCall>();
  #closed = false;

  /** `find` gives the app's endpoint, undefined while it is not there. */
  constructor(targetApp: string, find: () => MemoryEndpoint | undefined, onClose: () => void) {
    this.#targetApp = targetApp;
    this.#find = find;
    this.#onClose = onClose;
  }

  get state(): LinkState {
    const endpoint = this.#closed ? undefined : this.#find();
    return endpoint === undefined || endpoint.draining ? "down" : "up";
  }

  send(outbound: OutboundCall): void {
    const endpoint = this.#closed ? undefined : this.#find();
    if (endpoint === undefined) {
      return outbound.fail(reasonError("NO_CONNECTION", `${this.#targetApp} does not listen in this process`));
    }
    const call = endpoint.accept(outbound, (done) => this.#calls.delete(done));
    this.#calls.add(call);
    outbound.linkState = call;
  }

  cancel(outbound: OutboundCall): void {
    if (outbound.linkState instanceof MemoryCall) outbound.linkState.cancel();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    this.#onClose();
    for (const call of [...this.#calls]) call.breakOff();
  }
}
