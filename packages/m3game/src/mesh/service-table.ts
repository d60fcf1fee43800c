import type { Instance } from "../plugin/router.ts";
import { type Connect, Peer } from "./peer.ts";
import { Rendezvous } from "./rendezvous.ts";

/** The instances of one service, as the registry shows them, and which of them can be reached. */
export class ServiceTable implements AsyncDisposable {
  readonly service: string;
  readonly #connect: Connect;
  readonly #listeners: (() => void)[] = [];
  #peers: readonly Peer[] = [];
  #reachable: readonly Peer[] = [];
  #byApp: ReadonlyMap<string, Peer> = new Map();
  #ring = new Rendezvous([]);

  constructor(service: string, connect: Connect) {
    this.service = service;
    this.#connect = connect;
  }

  /** Takes the registry's table over. A changed entry is a new incarnation and gets a new link. */
  update(instances: readonly Instance[]): void {
    const before = this.#byApp;
    const after = new Map<string, Peer>();
    for (const instance of instances) {
      const known = before.get(instance.app);
      const same = known !== undefined && isSame(known.instance, instance);
      after.set(instance.app, same ? known : new Peer(instance, this.#connect, this.#refreshReachable));
    }
    this.#byApp = after;
    this.#peers = [...after.values()].sort((a, b) => (a.instance.app < b.instance.app ? -1 : 1));
    this.#ring = new Rendezvous(this.#peers.map((peer) => peer.instance.app));
    this.#refreshReachable();
    for (const [app, peer] of before) {
      if (after.get(app) !== peer) peer.retire();
    }
    for (const listener of this.#listeners) listener();
  }

  /** Calls `listener` after each change of the instances. */
  onChange(listener: () => void): void {
    this.#listeners.push(listener);
  }

  get instances(): readonly Instance[] {
    return this.#peers.map((peer) => peer.instance);
  }

  get(app: string): Peer | undefined {
    return this.#byApp.get(app);
  }

  /** Any instance, of those with a broken connection only when there is no other. */
  random(): Peer | undefined {
    const choice = this.#reachable.length > 0 ? this.#reachable : this.#peers;
    return choice[Math.floor(Math.random() * choice.length)];
  }

  /** The instance that owns the key, by the registry alone: a broken connection does not move keys. */
  owner(key: string): Peer | undefined {
    return this.#peers[this.#ring.owner(key)];
  }

  /** The instance with the smallest app id. */
  single(): Peer | undefined {
    return this.#peers[0];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#peers.map((peer) => peer[Symbol.asyncDispose]()));
  }

  readonly #refreshReachable = (): void => {
    this.#reachable = this.#peers.filter((peer) => peer.isReachable);
  };
}

function isSame(a: Instance, b: Instance): boolean {
  const keys = Object.keys(a.meta);
  return (
    a.host === b.host &&
    a.port === b.port &&
    keys.length === Object.keys(b.meta).length &&
    keys.every((key) => a.meta[key] === b.meta[key])
  );
}
