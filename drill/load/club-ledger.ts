import { GateError } from "@m3game/client";
import { isWithin, type Losses } from "./losses.ts";

interface Change {
  /** What the role had from then on; undefined: no club. */
  readonly clubId: bigint | undefined;
  readonly at: number;
}

interface Founding {
  readonly roleId: bigint;
  readonly at: number;
}

/** Which role founded which club, as the game acknowledged it. */
export class ClubLedger {
  readonly #losses: Losses;
  /** All of each role, the oldest first. */
  readonly #changes = new Map<bigint, Change[]>();
  readonly #founders = new Map<bigint, Founding>();
  /** Roles of which nobody knows whether their last change happened. */
  readonly #open = new Set<bigint>();

  constructor(losses: Losses) {
    this.#losses = losses;
  }

  /** How many clubs were founded. */
  get founded(): number {
    return this.#founders.size;
  }

  /** Does one change of a role's club; `change` resolves with the club that the role has then. */
  async change(roleId: bigint, change: () => Promise<bigint | undefined>): Promise<void> {
    let clubId: bigint | undefined;
    try {
      clubId = await change();
    } catch (error) {
      if (!(error instanceof GateError && error.notExecuted)) this.#open.add(roleId);
      throw error;
    }
    this.#open.delete(roleId);
    this.#set(roleId, clubId);
  }

  /** The role has this club. Throws where that can't be. */
  see(roleId: bigint, clubId: bigint | undefined): void {
    const changes = this.#of(roleId);
    const known = changes.at(-1)?.clubId;
    if (known === clubId) return;
    if (this.#open.has(roleId)) return this.#set(roleId, clubId);
    const kept = this.#keptChanges(changes, clubId);
    if (kept === undefined) {
      throw new Error(`role ${roleId} has ${clubId ?? "no club"}, and ${known ?? "no club"} was acknowledged`);
    }
    for (const { at } of changes.splice(kept)) this.#losses.onLost(at);
  }

  /** All clubs that there are, with their owners. Throws where that is not what was acknowledged. */
  seeAll(clubs: readonly { readonly clubId: bigint; readonly ownerId: bigint }[]): void {
    const found = new Map(clubs.map(({ clubId, ownerId }) => [ownerId, clubId]));
    if (found.size !== clubs.length) throw new Error("a role owns two clubs");
    for (const roleId of new Set([...found.keys(), ...this.#changes.keys()])) this.see(roleId, found.get(roleId));
  }

  /** How many changes are left when the latest that may be lost are, and the role has this club; undefined: it can't have it. */
  #keptChanges(changes: readonly Change[], clubId: bigint | undefined): number | undefined {
    for (let kept = changes.length - 1; kept >= 0; kept--) {
      if (!isWithin(this.#losses.windows, changes[kept]?.at ?? 0)) return undefined;
      if (changes[kept - 1]?.clubId === clubId) return kept;
    }
    return undefined;
  }

  #set(roleId: bigint, clubId: bigint | undefined): void {
    const at = performance.now();
    const founding = clubId === undefined ? undefined : this.#founders.get(clubId);
    // Of a club that may be lost the id may be given once more.
    if (founding !== undefined && founding.roleId !== roleId && !isWithin(this.#losses.windows, founding.at)) {
      throw new Error(`club ${clubId} was founded by role ${founding.roleId}, and by role ${roleId} too`);
    }
    if (clubId !== undefined) this.#founders.set(clubId, { roleId, at });
    this.#of(roleId).push({ clubId, at });
  }

  #of(roleId: bigint): Change[] {
    let changes = this.#changes.get(roleId);
    if (changes === undefined) {
      changes = [];
      this.#changes.set(roleId, changes);
    }
    return changes;
  }
}
