import type { GateConnection } from "../plugin/gate.ts";
import { type EncodedPush, numbered } from "./gate-codec.ts";
import type { GateConfig } from "./gate-config.ts";

/** A message of which the client must be sure. */
export interface Numbered {
  readonly number: number;
  readonly message: Uint8Array;
}

/** What the number of a push can hold. */
const maxNumber = 0xffff_ffff;

type Sink = Pick<GateConnection, "send" | "backlogBytes">;

type PushLimits = Pick<GateConfig, "MaxKeptBytes" | "DropBytes">;

/** The pushes of one session: numbered and kept until its client has them, or left out where that is allowed. */
export class PushQueue {
  readonly #limits: PushLimits;
  readonly #legacy: boolean;
  #lastNumber = 0;
  /** Sent, or to be sent, and not acknowledged; oldest first. */
  #kept: Numbered[] = [];
  #latest: Map<string, Uint8Array> | undefined;
  #bytes = 0;

  constructor(limits: PushLimits, legacy: boolean) {
    this.#limits = limits;
    this.#legacy = legacy;
  }

  get lastNumber(): number {
    return this.#lastNumber;
  }

  get kept(): readonly Numbered[] {
    return this.#kept;
  }

  /** The newest pushes that wait for the client to read, by their keys. */
  get latest(): Readonly<Record<string, Uint8Array>> {
    return Object.fromEntries(this.#latest ?? []);
  }

  /** Bytes that are kept for the client. */
  get bytes(): number {
    return this.#bytes;
  }

  /** True while something waits for the client to read. */
  get isHolding(): boolean {
    return this.#latest !== undefined;
  }

  /** What happened to the push; `full`: nothing more can be kept. */
  add(push: EncodedPush, connection: Sink | undefined): "sent" | "kept" | "dropped" | "full" {
    const isSlow = connection === undefined || connection.backlogBytes > this.#limits.DropBytes;
    if (this.#legacy) return this.#addLegacy(push, connection, isSlow);
    if (push.delivery === "reliable") return this.#addReliable(push, connection);
    if (!isSlow) {
      connection.send(push.plain);
      return "sent";
    }
    return push.delivery === "latest" && this.#hold(push) ? "kept" : "dropped";
  }

  /** The client has every push up to this number. True when any of them was kept. */
  acknowledge(number: number): boolean {
    const first = this.#kept[0];
    if (first === undefined || first.number > number) return false;
    let count = 0;
    for (const kept of this.#kept) {
      if (kept.number > number) break;
      this.#bytes -= kept.message.length;
      count++;
    }
    this.#kept.splice(0, count);
    return true;
  }

  /** Sends what the client does not have, in order. */
  resend(connection: Sink): void {
    for (const { message } of this.#kept) connection.send(message);
    this.flush(connection);
  }

  /** Sends what waited for the client to read, once it does. */
  flush(connection: Sink): void {
    if (this.#latest === undefined || connection.backlogBytes > this.#limits.DropBytes) return;
    for (const message of this.#latest.values()) {
      connection.send(message);
      this.#bytes -= message.length;
    }
    this.#latest = undefined;
  }

  /** Goes on where another gate ended. */
  restore(lastNumber: number, pushes: readonly Numbered[], latest: Readonly<Record<string, Uint8Array>>): void {
    this.#lastNumber = lastNumber;
    this.#kept = pushes.map(({ number, message }) => ({ number, message }));
    const waiting = Object.entries(latest);
    if (waiting.length > 0) this.#latest = new Map(waiting);
    for (const message of [...pushes.map((kept) => kept.message), ...Object.values(latest)])
      this.#bytes += message.length;
  }

  #addLegacy(push: EncodedPush, connection: Sink | undefined, isSlow: boolean): "sent" | "dropped" {
    if (connection === undefined || (isSlow && push.delivery !== "reliable")) return "dropped";
    connection.send(push.legacy);
    return "sent";
  }

  #addReliable(push: EncodedPush, connection: Sink | undefined): "sent" | "kept" | "full" {
    // Numbers may go on from where a client says that it stands.
    if (this.#lastNumber >= maxNumber) return "full";
    const message = numbered(push.plain, this.#lastNumber + 1);
    if (this.#bytes + message.length > this.#limits.MaxKeptBytes) return "full";
    this.#lastNumber++;
    this.#kept.push({ number: this.#lastNumber, message });
    this.#bytes += message.length;
    connection?.send(message);
    return connection === undefined ? "kept" : "sent";
  }

  #hold({ latestKey, plain }: EncodedPush): boolean {
    const before = this.#latest?.get(latestKey)?.length ?? 0;
    if (this.#bytes - before + plain.length > this.#limits.MaxKeptBytes) return false;
    this.#latest ??= new Map();
    this.#latest.set(latestKey, plain);
    this.#bytes += plain.length - before;
    return true;
  }
}
