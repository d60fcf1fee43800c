import { randomUUID } from "node:crypto";
import type { NatsBucket } from "@m3game/nats-client";
import type { Clock, Instance, Logger, Registration } from "m3game";
import { decodeRegistryEntry, encodeRegistryEntry, type Outage, pause, reasonError } from "m3game/internal";

export interface NatsRegistrationOptions {
  readonly bucket: NatsBucket;
  readonly instance: Instance;
  readonly clock: Clock;
  readonly log: Logger;
  readonly outage: Outage;
  /** Called when it was disposed. */
  readonly onEnd: (registration: NatsRegistration) => void;
}

/**
 * One app's entry: a key that is written again three times within the time that a value stays. One that the server lost is
 * entered again, one that a newer incarnation took over is left alone.
 */
export class NatsRegistration implements Registration {
  readonly app: string;
  readonly #options: NatsRegistrationOptions;
  readonly #incarnation = randomUUID();
  #value: Uint8Array;
  readonly #ending = new AbortController();
  #revision = 0;
  #begun: Promise<void> = Promise.resolve();
  #renewing: Promise<void> = Promise.resolve();
  #disposal: Promise<void> | undefined;

  constructor(options: NatsRegistrationOptions) {
    this.app = options.instance.app;
    this.#options = options;
    this.#value = encodeRegistryEntry(options.instance, this.#incarnation);
  }

  /** Enters the instance; resolves once it is in the bucket. Rejects when that fails; what may be left then expires. */
  async start(): Promise<void> {
    this.#begun = this.#begin();
    try {
      await this.#begun;
    } catch (error) {
      await this[Symbol.asyncDispose]().catch(() => {});
      throw error;
    }
  }

  async update(meta: Instance["meta"]): Promise<void> {
    if (this.#ending.signal.aborted || this.#revision === 0) return;
    this.#value = encodeRegistryEntry({ ...this.#options.instance, meta }, this.#incarnation);
    await this.#writeAgain();
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#disposal ??= this.#dispose();
    return this.#disposal;
  }

  async #begin(): Promise<void> {
    this.#revision = await this.#options.bucket.put(this.app, this.#value);
    if (!this.#ending.signal.aborted) this.#renewing = this.#renew();
  }

  async #dispose(): Promise<void> {
    const { bucket, outage, onEnd } = this.#options;
    this.#ending.abort();
    // What is on its way would bring the entry back.
    await this.#begun.catch(() => {});
    await this.#renewing;
    outage.over(this);
    onEnd(this);
    if (this.#revision === 0) return;
    try {
      await bucket.markDeleted(this.app, this.#revision);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      throw reasonError("PLUGIN_FAILED", `router_nats: can't deregister ${this.app}: ${why}`);
    }
  }

  async #renew(): Promise<void> {
    const { bucket, clock, outage, log } = this.#options;
    const { signal } = this.#ending;
    for (;;) {
      await pause(clock, bucket.ttlMs / 3, signal);
      if (signal.aborted) return;
      try {
        const isOurs = await this.#writeAgain();
        outage.over(this);
        if (isOurs) continue;
        log.warn("another process registered this app id; its entry counts now", { app: this.app });
        this.#revision = 0;
        return;
      } catch (error) {
        if (!signal.aborted) outage.failed(this, error);
      }
    }
  }

  /** False when the entry is another process's now. */
  async #writeAgain(): Promise<boolean> {
    const { bucket, log } = this.#options;
    let revision = await bucket.compareAndSet(this.app, this.#value, this.#revision);
    while (revision === undefined) {
      const found = await bucket.get(this.app);
      const isThere = found?.value !== undefined;
      if (isThere && !this.#isOurs(found.value)) return false;
      // Ours, when only the answer to an earlier attempt was lost.
      if (!isThere) log.warn("the NATS server lost the entry of this app; registering it again", { app: this.app });
      revision = await bucket.compareAndSet(this.app, this.#value, found?.revision ?? 0);
    }
    this.#revision = revision;
    return true;
  }

  #isOurs(value: Uint8Array): boolean {
    return decodeRegistryEntry(this.#options.instance, value)?.incarnation === this.#incarnation;
  }
}
