import { randomUUID } from "node:crypto";
import type { Clock, Instance, Logger, Registration } from "m3game";
import { type Outage, pause } from "m3game/internal";
import { BlockingQuery } from "./blocking-query.ts";
import type { ConsulApi, ServiceAnswer } from "./consul-api.ts";
import type { ConsulEntry } from "./consul-entry.ts";

/** How long an accepted change may take to show in the answers, in milliseconds. */
const visibleTimeoutMs = 10_000;

/** The shortest wait before a lost entry is entered again, in milliseconds; the longest is twice that. */
const minRepairMs = 500;

export interface ConsulRegistrationOptions {
  readonly api: ConsulApi;
  readonly instance: Instance;
  readonly checkUrl: string;
  readonly clock: Clock;
  readonly log: Logger;
  readonly outage: Outage;
  /** Called when it was disposed. */
  readonly onEnd: (registration: ConsulRegistration) => void;
}

/**
 * One app's entry. It is watched: an entry that Consul lost or dropped is entered again, one that a newer incarnation
 * took over is left alone.
 */
export class ConsulRegistration implements Registration {
  readonly app: string;
  readonly #options: ConsulRegistrationOptions;
  readonly #incarnation = randomUUID();
  #instance: Instance;
  readonly #keeper: BlockingQuery;
  readonly #ending = new AbortController();
  #entries: readonly ConsulEntry[] = [];
  #begun: Promise<void> = Promise.resolve();
  #repair: Promise<void> | undefined;
  #superseded = false;
  #disposal: Promise<void> | undefined;

  constructor(options: ConsulRegistrationOptions) {
    this.app = options.instance.app;
    this.#options = options;
    this.#instance = options.instance;
    const { service, app } = options.instance;
    const handlers = {
      onAnswer: (entries: readonly ConsulEntry[]) => {
        options.outage.over(this);
        this.#check(entries);
      },
      onFailure: (error: Error) => options.outage.failed(this, error),
    };
    this.#keeper = new BlockingQuery(options.api, { service, app, passing: false }, handlers, options.clock);
  }

  /** Enters the instance; resolves once it is found as healthy. Rejects, with nothing left, when that fails. */
  async start(): Promise<void> {
    this.#begun = this.#begin();
    try {
      await this.#begun;
    } catch (error) {
      await this[Symbol.asyncDispose]().catch(() => {});
      throw error;
    }
  }

  async #begin(): Promise<void> {
    await this.#removeStale();
    await this.#enter();
    await this.#untilVisible((entries) => entries.some((entry) => this.#isOurs(entry)));
    await this.#keeper.start();
  }

  async update(meta: Instance["meta"]): Promise<void> {
    if (this.#ending.signal.aborted || this.#superseded) return;
    this.#instance = { ...this.#instance, meta: { ...meta } };
    await this.#enter();
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#disposal ??= this.#dispose().catch((error) => {
      this.#disposal = undefined;
      throw error;
    });
    return this.#disposal;
  }

  async #dispose(): Promise<void> {
    const { api, outage, onEnd } = this.#options;
    this.#ending.abort();
    // What is on its way would bring the entry back.
    await this.#begun.catch(() => {});
    await this.#keeper[Symbol.asyncDispose]();
    await this.#repair;
    outage.over(this);
    onEnd(this);
    if ((await api.registeredIncarnation(this.app)) !== this.#incarnation) return;
    await api.deregister(this.app);
    await this.#untilVisible((entries) => !entries.some((entry) => this.#isOurs(entry)));
  }

  #check(entries: readonly ConsulEntry[]): void {
    this.#entries = entries;
    if (this.#superseded || this.#repair !== undefined || this.#ending.signal.aborted) return;
    if (entries.some((entry) => this.#isOurs(entry))) return;
    if (entries.length > 0) {
      this.#superseded = true;
      this.#options.log.warn("another process registered this app id; its entry counts now", { app: this.app });
      return;
    }
    this.#repair = this.#enterAgain()
      .catch((error) => this.#options.outage.failed(this, error))
      .finally(() => {
        this.#repair = undefined;
        this.#check(this.#entries);
      });
  }

  async #enterAgain(): Promise<void> {
    const { api, clock, log, checkUrl } = this.#options;
    // A newer incarnation takes an unhealthy entry out before it enters its own: it must not find this one instead.
    await pause(clock, minRepairMs * (1 + Math.random()), this.#ending.signal);
    if (this.#ending.signal.aborted || (await api.registeredIncarnation(this.app)) !== undefined) return;
    log.warn("Consul lost the entry of this app; registering it again", { app: this.app, check: checkUrl });
    await this.#enter();
  }

  /**
   * Takes out what a crashed incarnation left behind, if it is unhealthy: Consul would leave the new entry unhealthy too,
   * until the next check. A healthy one is replaced without a gap.
   */
  async #removeStale(): Promise<void> {
    const { api } = this.#options;
    if ((await api.registeredIncarnation(this.app)) === undefined) return;
    if ((await this.#healthyEntries(0)).entries.length > 0) return;
    await api.deregister(this.app);
  }

  #enter(): Promise<void> {
    const { api, checkUrl } = this.#options;
    return api.register(this.#instance, this.#incarnation, checkUrl);
  }

  #isOurs(entry: ConsulEntry): boolean {
    return entry.incarnation === this.#incarnation;
  }

  /** Waits until the healthy entries of this app are as wanted: the agent passes changes on to the catalog later. */
  async #untilVisible(wanted: (entries: readonly ConsulEntry[]) => boolean): Promise<void> {
    const { clock } = this.#options;
    const limit = new AbortController();
    const timer = clock.after(visibleTimeoutMs, () => limit.abort());
    try {
      for (let index = 0; ; ) {
        const answer = await this.#healthyEntries(index, limit.signal);
        if (wanted(answer.entries)) return;
        index = answer.index;
      }
    } catch (error) {
      if (!limit.signal.aborted) throw error;
      throw new Error(`Consul accepted the change of ${this.app} but did not show it within ${visibleTimeoutMs} ms`);
    } finally {
      timer.cancel();
    }
  }

  #healthyEntries(index: number, signal?: AbortSignal): Promise<ServiceAnswer> {
    const { api, instance } = this.#options;
    const query = { service: instance.service, app: this.app, passing: true };
    return api.instances(query, { index, waitMs: visibleTimeoutMs, signal });
  }
}
