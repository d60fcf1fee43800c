import { GateError } from "@m3game/client";

/** Which role founded which club, as the game acknowledged it. */
export class ClubLedger {
  /** The club of each role; absent: it has none. */
  readonly #clubs = new Map<bigint, bigint>();
  readonly #founders = new Map<bigint, bigint>();
  /** Roles of which nobody knows whether their last change happened. */
  readonly #open = new Set<bigint>();

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
    if (clubId !== undefined) this.#found(clubId, roleId);
    this.#set(roleId, clubId);
  }

  /** The role has this club. Throws where that can't be. */
  see(roleId: bigint, clubId: bigint | undefined): void {
    const known = this.#clubs.get(roleId);
    if (known === clubId) return;
    if (!this.#open.has(roleId)) {
      throw new Error(`role ${roleId} has ${clubId ?? "no club"}, and ${known ?? "no club"} was acknowledged`);
    }
    if (clubId !== undefined) this.#found(clubId, roleId);
    this.#set(roleId, clubId);
  }

  /** All clubs that there are, with their owners. Throws where that is not what was acknowledged. */
  seeAll(clubs: readonly { readonly clubId: bigint; readonly ownerId: bigint }[]): void {
    const found = new Map(clubs.map(({ clubId, ownerId }) => [ownerId, clubId]));
    if (found.size !== clubs.length) throw new Error("a role owns two clubs");
    for (const roleId of new Set([...found.keys(), ...this.#clubs.keys()])) this.see(roleId, found.get(roleId));
  }

  #found(clubId: bigint, roleId: bigint): void {
    const founder = this.#founders.get(clubId);
    if (founder !== undefined && founder !== roleId) {
      throw new Error(`club ${clubId} was founded by role ${founder}, and by role ${roleId} too`);
    }
    this.#founders.set(clubId, roleId);
  }

  #set(roleId: bigint, clubId: bigint | undefined): void {
    if (clubId === undefined) this.#clubs.delete(roleId);
    else this.#clubs.set(roleId, clubId);
  }
}
