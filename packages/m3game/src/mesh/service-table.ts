import { MetaKey } from "../meta/route-type.ts";
import type { Instance } from "../plugin/router.ts";
import { type CanaryRule, newestRule } from "./canary-rule.ts";
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

  /** True when `app` is of an older version than `than`, and no rule about that one sends its keys elsewhere. */
  isOlder(app: string, than: string): boolean {
    const [version, other] = [app, than].map((each) => this.#byApp.get(each)?.instance.meta[MetaKey.gameVersion]);
    return this.#rule?.version !== other && isOlder(version, other);
  }

  /** Any instance, of those with a broken connection only when there is no other. */
  random(): Peer | undefined {
    return this.#groups.any().random();
  }

  /** The instance that owns the key, by the registry alone: a broken connection does not move keys. */
  owner(key: string): Peer | undefined {
    return this.#groups.of(key).owner(key);
  }

  /** Tells which app owns a key, or would own it if `without` were not there. Of the instances that there are now. */
  ring(without?: string): (key: string) => string | undefined {
    const groups =
      without === undefined
        ? this.#groups
        : new PeerGroups(
            this.#peers.filter(({ instance }) => instance.app !== without),
            this.#rule,
          );
    return (key) => groups.of(key).owner(key)?.instance.app;
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
