import { type M3Error, reasonError } from "../../meta/error.ts";
import { emptyMetadata } from "../../meta/metadata.ts";
import type { Logger } from "../../plugin/log.ts";
import type { Resource } from "../../resource/resource.ts";
import type { ResourceSet } from "../../resource/resource-set.ts";
import type { ClientCall, ParentCall } from "../../rpc/client-call.ts";

export interface TaskTurnOptions {
  /** What runs, for logs. */
  readonly name: string;
  readonly deadline: number;
  /** The actor alone: a call that comes back to it is a cycle. */
  readonly chain: string;
  readonly log: Logger;
  /** What it reads; the current set may change at any time. */
  readonly resources: { readonly current: ResourceSet };
}

/** A turn that no call started: a tick, a timer, the actor's first and last. Calls it makes belong to it. */
export class TaskTurn implements ParentCall {
  readonly name: string;
  readonly deadline: number;
  readonly player = "";
  readonly chain: string;
  readonly baggage = emptyMetadata;
  readonly spanContext = undefined;
  readonly #options: TaskTurnOptions;
  #resources: ResourceSet | undefined;
  #children: Set<ClientCall> | undefined;
  #isOver = false;
  #aborted: M3Error | undefined;

  constructor(options: TaskTurnOptions) {
    this.#options = options;
    this.name = options.name;
    this.deadline = options.deadline;
    this.chain = options.chain;
  }

  resource<T>(resource: Resource<T>): T {
    this.#resources ??= this.#options.resources.current;
    return this.#resources.resource(resource);
  }

  adopt(child: ClientCall): void {
    if (this.#aborted !== undefined) throw this.#aborted;
    if (this.#isOver) throw reasonError("CONTEXT_ENDED", `the turn of ${this.#options.name} has ended`);
    this.#children ??= new Set();
    this.#children.add(child);
  }

  release(child: ClientCall, deliver: () => void): void {
    this.#children?.delete(child);
    deliver();
  }

  childFailed(call: string, error: unknown): void {
    if (!this.#isOver) return;
    this.#options.log.warn("a call that its turn did not wait for failed", { turn: this.#options.name, call, error });
  }

  /** The turn is over; calls it left behind run on. */
  end(): void {
    this.#isOver = true;
  }

  /** The actor is gone: calls under way are given up. */
  abort(error: M3Error): void {
    this.#isOver = true;
    this.#aborted = error;
    for (const child of this.#children ?? []) child.giveUp(error);
  }
}
