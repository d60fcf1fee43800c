import type { Metadata } from "../meta/metadata.ts";
import { MetaKey } from "../meta/route-type.ts";
import { type CanaryRule, takesKey, takesMetadata } from "./canary-rule.ts";
import type { Peer } from "./peer.ts";
import { Rendezvous } from "./rendezvous.ts";

/** Instances over which keys and calls are spread. */
export class PeerGroup {
  readonly peers: readonly Peer[];
  readonly #ring: Rendezvous;
  #reachable: readonly Peer[];

  constructor(peers: readonly Peer[]) {
    this.peers = peers;
    this.#ring = new Rendezvous(peers.map((peer) => peer.instance.app));
    this.#reachable = peers.filter((peer) => peer.isReachable);
  }

  /** The state of a connection has changed. */
  refresh(): void {
    this.#reachable = this.peers.filter((peer) => peer.isReachable);
  }

  /** Any of them, of those with a broken connection only when there is no other. */
  random(): Peer | undefined {
    const choice = this.#reachable.length > 0 ? this.#reachable : this.peers;
    return choice[Math.floor(Math.random() * choice.length)];
  }

  /** The one that owns the key, whatever its connection. */
  owner(key: string): Peer | undefined {
    return this.peers[this.#ring.owner(key)];
  }
}

/** The instances of a service: all of them, or those of the version that a rule is about, and the others. */
export class PeerGroups {
  readonly all: PeerGroup;
  readonly #rule: CanaryRule | undefined;
  readonly #chosen: PeerGroup;
  readonly #others: PeerGroup;

  constructor(peers: readonly Peer[], rule: CanaryRule | undefined) {
    this.all = new PeerGroup(peers);
    const isChosen = ({ instance }: Peer) => instance.meta[MetaKey.gameVersion] === rule?.version;
    const chosen = peers.filter(isChosen);
    // Where one side is empty there is nothing to choose.
    this.#rule = chosen.length > 0 && chosen.length < peers.length ? rule : undefined;
    this.#chosen = new PeerGroup(chosen);
    this.#others = new PeerGroup(peers.filter((peer) => !isChosen(peer)));
  }

  refresh(): void {
    for (const group of [this.all, this.#chosen, this.#others]) group.refresh();
  }

  /** Where a call with this key and metadata goes. */
  of(key: string, metadata: Metadata): PeerGroup {
    if (this.#rule === undefined) return this.all;
    return takesMetadata(this.#rule, metadata) || takesKey(this.#rule, key) ? this.#chosen : this.#others;
  }

  /** Where a call without a key goes. */
  any(metadata: Metadata): PeerGroup {
    if (this.#rule === undefined) return this.all;
    return takesMetadata(this.#rule, metadata) || Math.random() < this.#rule.share ? this.#chosen : this.#others;
  }
}
