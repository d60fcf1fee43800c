import { LRUCache } from "lru-cache";
import { defineEntity, type EntityStore, isM3Error } from "m3game";
import {
  UidClubIdDBSchema,
  UidClubIdFlagSchema,
  UidMetaDBSchema,
  UidMetaFlagSchema,
  UidRoleIdDBSchema,
  UidRoleIdFlagSchema,
} from "../gen/uid_pb.js";
import { IdSource } from "./id-source.ts";

const UidMetaEntity = defineEntity(UidMetaDBSchema, { table: "uid_meta", flags: UidMetaFlagSchema });
const UidRoleIdEntity = defineEntity(UidRoleIdDBSchema, { table: "uid_role_id", flags: UidRoleIdFlagSchema });
const UidClubIdEntity = defineEntity(UidClubIdDBSchema, { table: "uid_club_id", flags: UidClubIdFlagSchema });

/** Which id belongs to whom. Made by each leader from what is stored, and written in its name alone. */
export class Uids {
  readonly #store: EntityStore;
  readonly #roleIds: IdSource;
  readonly #clubIds: IdSource;
  readonly #known: LRUCache<string, bigint>;

  static async load(store: EntityStore, world: string, cacheSize: number): Promise<Uids> {
    const meta = await store.load(UidMetaEntity, world, { orCreate: {} });
    const reserve = (field: "curRoleId" | "curClubId") => async (count: number) => {
      meta.data[field] += BigInt(count);
      await meta.save();
      return meta.data[field];
    };
    return new Uids(store, new IdSource(reserve("curRoleId")), new IdSource(reserve("curClubId")), cacheSize);
  }

  private constructor(store: EntityStore, roleIds: IdSource, clubIds: IdSource, cacheSize: number) {
    this.#store = store;
    this.#roleIds = roleIds;
    this.#clubIds = clubIds;
    this.#known = new LRUCache({ max: cacheSize });
  }

  /** The role of an account: made at the first call. */
  async roleOf(openId: string): Promise<bigint> {
    const known = this.#known.get(openId);
    if (known !== undefined) return known;
    const roleId = (await this.#find(openId)) ?? (await this.#make(openId));
    this.#known.set(openId, roleId);
    return roleId;
  }

  /** A new club's id. */
  async newClub(ownerId: bigint): Promise<bigint> {
    const clubId = await this.#clubIds.next();
    await this.#store.create(UidClubIdEntity, clubId, { ownerId });
    return clubId;
  }

  async #find(openId: string): Promise<bigint | undefined> {
    return (await this.#store.load(UidRoleIdEntity, openId))?.data.roleId;
  }

  async #make(openId: string): Promise<bigint> {
    const roleId = await this.#roleIds.next();
    try {
      await this.#store.create(UidRoleIdEntity, openId, { roleId });
      return roleId;
    } catch (error) {
      // Two calls at a time: the first one's counts.
      const other = isM3Error(error) && error.reason === "ENTITY_EXISTS" ? await this.#find(openId) : undefined;
      if (other === undefined) throw error;
      return other;
    }
  }
}
