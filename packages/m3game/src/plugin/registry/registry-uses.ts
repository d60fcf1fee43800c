import { reasonError } from "../../meta/error.ts";
import type { PluginContext } from "../plugin.ts";
import type { Instance, Registration } from "../router.ts";
import { KnownTable } from "./known-table.ts";
import { Outage } from "./outage.ts";

/** An app's entry, kept in the registry from its start to its disposal. */
export interface KeptEntry extends Registration {
  readonly app: string;
  /** Resolves once it is entered. Rejects, with nothing left, when that fails. */
  start(): Promise<void>;
}

/** Follows the instances of one service from its start to its disposal. */
export interface FollowedService extends AsyncDisposable {
  /** Resolves once the first instances were told. Rejects when the registry can't be asked. */
  start(): Promise<void>;
}

/** Who is told of a service's instances. */
export interface FollowHandlers {
  /** What is there now, one instance for each app. `recovered`: what the registry knew before may be lost. */
  onInstances(instances: Iterable<Instance>, recovered: boolean): void;
  /** The registry could not be asked; it is tried again. */
  onFailure(error: unknown): void;
}

/** Which registry it is. */
export interface RegistryUsesOptions {
  /** The plugin, `router_etcd`. */
  readonly name: string;
  /** What the registry's server is called, and where it is. */
  readonly server: string;
  readonly address: string;
  /** How long instances that the registry does not confirm after an outage are kept, in milliseconds. */
  readonly settleMs: number;
  readonly context: PluginContext;
  /** What an error says, for a message. @default its message */
  readonly textOf?: (error: unknown) => string;
}

/** What one router does in its registry, and has open there. */
export class RegistryUses<E extends KeptEntry, F extends FollowedService> implements AsyncDisposable {
  readonly outage: Outage;
  readonly #options: RegistryUsesOptions;
  readonly #entries = new Set<E>();
  readonly #follows = new Map<F, AsyncDisposable>();
  #disposal: Promise<void> | undefined;

  constructor(options: RegistryUsesOptions) {
    this.#options = options;
    this.outage = new Outage(options.context.log, options.server, options.address);
  }

  get entries(): Iterable<E> {
    return this.#entries;
  }

  get followed(): Iterable<F> {
    return this.#follows.keys();
  }

  /** Starts an entry; `onEnd` must be called when it was disposed. Rejects with PLUGIN_FAILED. */
  async enter(app: string, make: (onEnd: (entry: E) => void) => E): Promise<Registration> {
    this.#checkOpen();
    const entry = make((ended) => this.#entries.delete(ended));
    this.#entries.add(entry);
    await entry.start().catch((error) => this.#fail(`can't register ${app}`, error));
    return entry;
  }

  /** Tells the listener of a service's instances; during an outage the last known ones stay. Rejects with PLUGIN_FAILED. */
  async follow(
    service: string,
    listener: (instances: readonly Instance[]) => void,
    make: (handlers: FollowHandlers) => F,
  ): Promise<AsyncDisposable> {
    this.#checkOpen();
    const { settleMs, context } = this.#options;
    const table = new KnownTable(listener, { settleMs, clock: context.clock, log: context.log });
    const followed = make({
      onInstances: (instances, recovered) => {
        this.outage.over(table);
        table.update(instances, recovered);
      },
      onFailure: (error) => this.outage.failed(table, error),
    });
    const handle = {
      [Symbol.asyncDispose]: async () => {
        table.end();
        await followed[Symbol.asyncDispose]();
        this.outage.over(table);
        this.#follows.delete(followed);
      },
    };
    this.#follows.set(followed, handle);
    await followed.start().catch(async (error) => {
      await handle[Symbol.asyncDispose]();
      this.#fail(`can't watch ${service}`, error);
    });
    return handle;
  }

  #checkOpen(): void {
    if (this.#disposal === undefined) return;
    throw reasonError("PLUGIN_FAILED", `${this.#options.name} is stopped: the app that owns it has ended`);
  }

  /** Asks for the services of all entries. Rejects with PLUGIN_FAILED. */
  async services(ask: () => Promise<Iterable<string>>): Promise<readonly string[]> {
    const services = await this.ask("can't list the services", ask);
    return [...new Set(services)].sort();
  }

  /** Does something that concerns no entry. Rejects with PLUGIN_FAILED. */
  async ask<T>(what: string, ask: () => Promise<T>): Promise<T> {
    this.#checkOpen();
    return ask().catch((error) => this.#fail(what, error));
  }

  /** Ends all of them. */
  [Symbol.asyncDispose](): Promise<void> {
    this.#disposal ??= this.#dispose();
    return this.#disposal;
  }

  async #dispose(): Promise<void> {
    const { context, server } = this.#options;
    await Promise.all([...this.#follows.values()].map((handle) => handle[Symbol.asyncDispose]()));
    await Promise.all(
      [...this.#entries].map(async (entry) => {
        try {
          await entry[Symbol.asyncDispose]();
        } catch (error) {
          const note = `can't deregister; ${server} drops the entry when its time is over`;
          context.log.warn(note, { app: entry.app, error });
        }
      }),
    );
  }

  #fail(what: string, error: unknown): never {
    const { name, address, textOf = messageOf } = this.#options;
    throw reasonError("PLUGIN_FAILED", `${name}: ${what} at ${address}: ${textOf(error)}`);
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
