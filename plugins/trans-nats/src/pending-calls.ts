import { randomInt } from "node:crypto";
import type { OutboundCall } from "m3game";
import { CallTable } from "m3game/internal";
import type { TransMessage } from "./trans-message.ts";

/** Takes the ends of its calls. */
export interface CallOwner {
  onAnswer(pending: PendingCall, answer: TransMessage): void;
}

/** A call that waits for its answer. */
export class PendingCall {
  readonly serial: number;
  readonly call: OutboundCall;
  readonly owner: CallOwner;

  constructor(serial: number, call: OutboundCall, owner: CallOwner) {
    this.serial = serial;
    this.call = call;
    this.owner = owner;
  }
}

/** The calls of one app that wait for answers, by serial. */
export class PendingCalls {
  // Anywhere, so that an answer to a former process of this app id is not taken for one to this process.
  #serial = randomInt(1, 2 ** 47);
  /** By the low 32 bits of their serials, in which no two of them are the same. */
  readonly #calls = new CallTable<PendingCall>();

  nextSerial(): number {
    do this.#serial = this.#serial >= Number.MAX_SAFE_INTEGER ? 1 : this.#serial + 1;
    while (this.#calls.has(this.#serial >>> 0));
    return this.#serial;
  }

  add(pending: PendingCall): void {
    this.#calls.set(pending.serial >>> 0, pending);
  }

  /** Takes the call out; undefined when nobody waits for it any more. */
  take(serial: number | bigint): PendingCall | undefined {
    if (typeof serial === "bigint") return undefined;
    const pending = this.#calls.get(serial >>> 0);
    if (pending?.serial !== serial) return undefined;
    this.#calls.delete(serial >>> 0);
    return pending;
  }

  /** Takes the calls of one owner out, all of them or those with serials from `first` to `last`. */
  takeAll(owner: CallOwner, first = 0, last = Number.POSITIVE_INFINITY): readonly PendingCall[] {
    const taken = this.#calls
      .values()
      .filter((pending) => pending.owner === owner && pending.serial >= first && pending.serial <= last);
    for (const { serial } of taken) this.#calls.delete(serial >>> 0);
    return taken;
  }
}
