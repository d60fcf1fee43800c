import { emptyMetadata, type Metadata } from "../meta/metadata.ts";
import { MetaKey } from "../meta/route-type.ts";
import type { Instance } from "../plugin/router.ts";
import { type CanaryRule, newestRule, sendsBack } from "./canary-rule.ts";
import { type Connect, Peer } from "./peer.ts";
import { PeerGroups } from "./peer-groups.ts";
import { isOlder } from "./version-order.ts";

/** The instances of one service, as the registry shows them, and which of them can be reached. */
export class ServiceTable implements AsyncDisposable {
  readonly service: string;
  readonly #connect: Connect;
  readonly #listeners: (() => void)[] = [];
  #instances: readonly Instance[] = [];
  #peers: readonly Peer[] = [];
  #byApp: ReadonlyMap<string, Peer> = new Map();
  #rule: CanaryRule | undefined;
  #groups = new PeerGroups([], undefined);

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
    this.#instances = instances.toSorted((a, b) => (a.app < b.app ? -1 : 1));
    this.#peers = this.#instances.flatMap(({ app }) => after.get(app) ?? []);
    this.#rule = newestRule(instances);
    this.#groups = new PeerGroups(this.#peers, this.#rule);
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
    return this.#instances;
  }

  get(app: string): Peer | undefined {
    return this.#byApp.get(app);
  }

  /** What the instances say of their versions; undefined: nothing. */
  get rule(): CanaryRule | undefined {
    return this.#rule;
  }

  /** The version of an instance; undefined: it has none, or is not there. */
  versionOf(app: string): string | undefined {
    return this.#byApp.get(app)?.instance.meta[MetaKey.gameVersion];
  }

  /** True when the rule lets an actor that has run on the version go back to an older one. */
  sendsBack(version: string, id: string): boolean {
    return this.#rule !== undefined && sendsBack(this.#rule, version, id);
  }

  /** Any instance, of those with a broken connection only when there is no other. */
  random(metadata: Metadata = emptyMetadata): Peer | undefined {
    return this.#groups.any(metadata).random();
  }

  /** The instance that owns the key, by the registry alone: a broken connection does not move keys. */
  owner(key: string, metadata: Metadata = emptyMetadata): Peer | undefined {
    return this.#groups.of(key, metadata).owner(key);
  }

  /**
   * Tells which app owns a key, or would own it if `without` were not there, nor any of an older version than `from`. Of the
   * instances that there are now.
   */
  ring({ without, from }: { readonly without?: string; readonly from?: string | undefined } = {}) {
    const counts = ({ instance: { app, meta } }: Peer) => app !== without && !isOlder(meta[MetaKey.gameVersion], from);
    const peers = this.#peers.filter(counts);
    const groups = peers.length === this.#peers.length ? this.#groups : new PeerGroups(peers, this.#rule);
    return (key: string): string | undefined => groups.of(key, emptyMetadata).owner(key)?.instance.app;
  }

  /** The instance with the smallest app id. */
  single(): Peer | undefined {
    return this.#peers[0];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#peers.map((peer) => peer[Symbol.asyncDispose]()));
  }

  readonly #refreshReachable = (): void => this.#groups.refresh();
}

/** True for entries of one start of an app: the rule in it may be another. */
function isSame(a: Instance, b: Instance): boolean {
  if (a === b) return true;
  const keys = keysOf(a);
  return (
    a.host === b.host &&
    a.port === b.port &&
    keys.length === keysOf(b).length &&
    keys.every((key) => a.meta[key] === b.meta[key])
  );
}

function keysOf({ meta }: Instance): readonly string[] {
  return Object.keys(meta).filter((key) => key !== MetaKey.canaryRule);
}
