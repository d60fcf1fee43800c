import { reasonError } from "../meta/error.ts";
import type { Instance } from "../plugin/router.ts";
import type { Link, LinkState, OutboundCall } from "../plugin/trans.ts";

/** Makes the link to an instance, undefined when both sides have no transport in common. */
export type Connect = (instance: Instance, onState: (state: LinkState) => void) => Link | undefined;

/** One instance as a target of calls. It connects at the first call. */
export class Peer implements AsyncDisposable {
  readonly instance: Instance;
  readonly #connect: () => Link | undefined;
  #link: Link | undefined;
  #inFlight = 0;
  #retired = false;

  constructor(instance: Instance, connect: Connect, onState: () => void) {
    this.instance = instance;
    this.#connect = () => connect(instance, onState);
  }

  /** False while its connection is known to be broken. */
  get isReachable(): boolean {
    return this.#link?.state !== "down";
  }

  /** Sends the call; `release` must follow when it is over. */
  send(call: OutboundCall): void {
    this.#link ??= this.#connect();
    this.#inFlight++;
    if (this.#link !== undefined) return this.#link.send(call);
    const offered = Object.keys(this.instance.meta).filter((key) => key.startsWith("m3ep."));
    call.fail(
      reasonError(
        "NO_CONNECTION",
        `${this.instance.app} can't be reached: it offers ${offered.map((key) => key.slice(5)).join(", ") || "gRPC"}, ` +
          "for which this app has no transport; add its [[Plugin.Trans.…]] section",
      ),
    );
  }

  release(call: OutboundCall, cancelled: boolean): void {
    if (cancelled) this.#link?.cancel(call);
    this.#inFlight--;
    if (this.#retired && this.#inFlight === 0) void this[Symbol.asyncDispose]();
  }

  /** It left the registry: calls under way may still be answered, then the link is closed. */
  retire(): void {
    this.#retired = true;
    if (this.#inFlight === 0) void this[Symbol.asyncDispose]();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#link?.[Symbol.asyncDispose]();
  }
}
