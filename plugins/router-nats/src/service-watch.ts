import type { NatsBucket } from "@m3game/nats-client";
import type { Subscription } from "@nats-io/transport-node";
import type { Clock, Instance, Timer } from "m3game";
import { decodeRegistryEntry, type RegistryEntry } from "m3game/internal";

export interface ServiceWatchOptions {
  readonly bucket: NatsBucket;
  readonly service: string;
  readonly clock: Clock;
  /** What is there now. `recovered`: what the server knew before may be lost. */
  readonly onInstances: (instances: readonly Instance[], recovered: boolean) => void;
  readonly onFailure: (error: unknown) => void;
}

interface KnownEntry {
  readonly entry: RegistryEntry;
  readonly value: Uint8Array;
  readonly revision: number;
  /** When it was last heard of, on the clock of the app. */
  heardAt: number;
}

/**
 * Follows the entries of one service. Apps write their entries again and again, and everybody hears of it: an entry that is known
 * needs no more, for anything else the bucket is asked. One that is not heard of any more is asked for
 * too: the server says nothing of a value whose time is over.
 */
export class ServiceWatch implements AsyncDisposable {
  readonly #options: ServiceWatchOptions;
  readonly #entries = new Map<string, KnownEntry>();
  readonly #asking = new Map<string, Promise<void>>();
  readonly #sweepMs: number;
  #subscription: Subscription | undefined;
  #sweep: Timer | undefined;
  #ended = false;

  constructor(options: ServiceWatchOptions) {
    this.#options = options;
    this.#sweepMs = Math.max(50, options.bucket.ttlMs / 10);
  }

  /** Resolves once the first instances were told. Rejects when the server can't be asked. */
  async start(): Promise<void> {
    const { bucket, service } = this.#options;
    this.#subscription = await bucket.listen(`${service}.*`, (app, value) => this.#hear(app, value));
    await this.list(false);
    this.#sweepLater();
  }

  /** Asks for everything anew. Rejects when the server can't be asked. */
  async list(recovered: boolean): Promise<void> {
    const { bucket, service } = this.#options;
    const apps = await bucket.keys(`${service}.*`);
    for (const app of this.#entries.keys()) if (!apps.includes(app)) this.#entries.delete(app);
    await Promise.all(apps.map((app) => this.#read(app)));
    this.#tell(recovered);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ended = true;
    this.#sweep?.cancel();
    if (this.#subscription?.isClosed() === false) this.#subscription.unsubscribe();
    await Promise.all(this.#asking.values());
  }

  #hear(app: string, value: Uint8Array): void {
    const known = this.#entries.get(app);
    if (known !== undefined && Buffer.compare(known.value, value) === 0) known.heardAt = this.#options.clock.now();
    else this.#ask(app);
  }

  /** Asks for one app's entry and tells what came of it; at most one request at a time and one after it. */
  #ask(app: string): void {
    const before = this.#asking.get(app);
    const asking = (before ?? Promise.resolve())
      .then(() => this.#read(app))
      .then(() => this.#tell(false))
      .catch((error) => {
        if (!this.#ended) this.#options.onFailure(error);
      })
      .finally(() => {
        if (this.#asking.get(app) === asking) this.#asking.delete(app);
      });
    this.#asking.set(app, asking);
  }

  async #read(app: string): Promise<void> {
    const { bucket, service, clock } = this.#options;
    const found = await bucket.get(app);
    const known = this.#entries.get(app);
    if (found?.value === undefined) return void this.#entries.delete(app);
    const { value, revision } = found;
    const entry = decodeRegistryEntry({ service, app }, value);
    if (entry === undefined) this.#entries.delete(app);
    else if (known === undefined || known.revision <= revision) {
      this.#entries.set(app, { entry, value, revision, heardAt: clock.now() });
    }
  }

  #tell(recovered: boolean): void {
    if (this.#ended) return;
    this.#options.onInstances(
      Array.from(this.#entries.values(), ({ entry }) => entry.instance),
      recovered,
    );
  }

  #sweepLater(): void {
    if (this.#ended) return;
    const { bucket, clock } = this.#options;
    this.#sweep = clock.after(this.#sweepMs, () => {
      const silentSince = clock.now() - bucket.ttlMs;
      for (const [app, { heardAt }] of this.#entries) {
        if (heardAt <= silentSince && !this.#asking.has(app)) this.#ask(app);
      }
      this.#sweepLater();
    });
  }
}
