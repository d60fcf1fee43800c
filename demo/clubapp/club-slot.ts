import { Actor, Code, type Entity, isM3Error, M3Error } from "m3game";
import type { ClubDB, ClubRoleDB } from "../gen/club_data_pb.js";
import { ClubEntity, ClubRoleEntity } from "./club-entities.ts";

type Club = Entity<(typeof ClubEntity)["schema"]>;

const pageSize = 500;

/**
 * The clubs of one slot. What changes a club takes two rows, that of the club and that of a member, and a crash may come between
 * them. So each step looks at what is there and does what is left: whoever asked asks again with the same ids, and gets the
 * same club.
 *
 * Only this actor writes its clubs and their members, one call at a time, and the store refuses what an owner before it still
 * tries to write.
 */
export class ClubSlot extends Actor {
  static readonly kind = "ClubSlot";
  readonly #clubs = new Map<bigint, Club>();

  override async onInit(): Promise<void> {
    const query = { where: { slotId: BigInt(this.id) }, limit: pageSize };
    let page = await this.entities.find(ClubEntity, query);
    for (;;) {
      for (const club of page.entities) this.#clubs.set(club.data.clubId, club);
      if (page.cursor === undefined) return;
      page = await this.entities.find(ClubEntity, { ...query, cursor: page.cursor });
    }
  }

  get clubs(): readonly ClubDB[] {
    return [...this.#clubs.values()].map(({ data }) => data);
  }

  /** Undefined when there is none. */
  club(clubId: bigint): ClubDB | undefined {
    return this.#clubs.get(clubId)?.data;
  }

  async found(clubId: bigint, ownerId: bigint): Promise<void> {
    const known = this.club(clubId);
    if (known !== undefined && known.ownerId !== ownerId) {
      throw new M3Error(Code.ALREADY_EXISTS, `club ${clubId} belongs to another role`);
    }
    // The member first: a role that is in a club already founds none. A club that is never finished has no rows of its own.
    await this.#enter(clubId, ownerId);
    if (known !== undefined) return;
    const club = await this.entities.load(ClubEntity, clubId, { orCreate: { slotId: BigInt(this.id), ownerId } });
    this.#clubs.set(clubId, club);
  }

  async join(clubId: bigint, roleId: bigint): Promise<void> {
    this.#get(clubId);
    await this.#enter(clubId, roleId);
  }

  async leave(clubId: bigint, roleId: bigint): Promise<void> {
    const { ownerId } = this.#get(clubId).data;
    if (ownerId === roleId) {
      throw new M3Error(Code.FAILED_PRECONDITION, "the owner can't leave the club: cancel it once it is empty");
    }
    await this.#leave(clubId, roleId);
  }

  async cancel(clubId: bigint, roleId: bigint): Promise<void> {
    const club = this.#clubs.get(clubId);
    if (club !== undefined) {
      if (club.data.ownerId !== roleId) {
        throw new M3Error(Code.PERMISSION_DENIED, `club ${clubId} belongs to another role`);
      }
      const { entities } = await this.entities.find(ClubRoleEntity, { where: { clubId }, limit: 2 });
      if (entities.some((member) => member.data.roleId !== roleId)) {
        throw new M3Error(Code.FAILED_PRECONDITION, `club ${clubId} has members still: only an empty one is cancelled`);
      }
      await club.delete();
      this.#clubs.delete(clubId);
    }
    // Also when the club was gone: the step before may have been the last that was done.
    await this.#leave(clubId, roleId);
  }

  /** Undefined for a role that is not in the club. */
  async member(clubId: bigint, roleId: bigint): Promise<ClubRoleDB | undefined> {
    const member = await this.entities.load(ClubRoleEntity, roleId);
    return member?.data.clubId === clubId ? member.data : undefined;
  }

  #get(clubId: bigint): Club {
    const club = this.#clubs.get(clubId);
    if (club !== undefined) return club;
    throw new M3Error(Code.NOT_FOUND, `there is no club ${clubId}`);
  }

  async #enter(clubId: bigint, roleId: bigint): Promise<void> {
    try {
      await this.entities.create(ClubRoleEntity, roleId, { clubId });
    } catch (error) {
      if (!isM3Error(error) || error.reason !== "ENTITY_EXISTS") throw error;
      if ((await this.member(clubId, roleId)) !== undefined) return;
      throw new M3Error(Code.FAILED_PRECONDITION, `role ${roleId} is in another club: leave that first`);
    }
  }

  async #leave(clubId: bigint, roleId: bigint): Promise<void> {
    const member = await this.entities.load(ClubRoleEntity, roleId);
    if (member?.data.clubId === clubId) await member.delete();
  }
}
