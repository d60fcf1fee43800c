import { defineEntity, type EntityStore } from "m3game";
import {
  OnlineMetaDBSchema,
  OnlineMetaFlagSchema,
  type OnlineSessionDB,
  OnlineSessionDBSchema,
  OnlineSessionFlagSchema,
} from "../gen/online_pb.js";
import type { TableSession } from "./lease-table.ts";

const OnlineMetaEntity = defineEntity(OnlineMetaDBSchema, { table: "online_meta", flags: OnlineMetaFlagSchema });
const OnlineSessionEntity = defineEntity(OnlineSessionDBSchema, {
  table: "online_session",
  flags: OnlineSessionFlagSchema,
  indexed: ["worldId"],
});

const pageSize = 500;

/** What outlives a leader: who has a session. There are as many rows as apps; what these hold is stored nowhere. */
export class OnlineRows {
  /** Of this leader, greater than those of all before. */
  readonly term: bigint;
  readonly #store: EntityStore;
  readonly #world: string;

  /** Begins a new term. */
  static async open(store: EntityStore, world: string): Promise<OnlineRows> {
    const meta = await store.load(OnlineMetaEntity, world, { orCreate: {} });
    meta.data.term++;
    await meta.save();
    return new OnlineRows(store, world, meta.data.term);
  }

  private constructor(store: EntityStore, world: string, term: bigint) {
    this.#store = store;
    this.#world = world;
    this.term = term;
  }

  async sessions(): Promise<readonly OnlineSessionDB[]> {
    const rows: OnlineSessionDB[] = [];
    const query = { where: { worldId: this.#world }, limit: pageSize };
    let page = await this.#store.find(OnlineSessionEntity, query);
    for (;;) {
      rows.push(...page.entities.map(({ data }) => data));
      if (page.cursor === undefined) return rows;
      page = await this.#store.find(OnlineSessionEntity, { ...query, cursor: page.cursor });
    }
  }

  /** In the place of whichever session of the app is stored. */
  async put({ app, incarnation, address, ttlMs, counter }: TableSession): Promise<void> {
    const fields = { incarnation, address, ttlMs: BigInt(ttlMs), counter, worldId: this.#world };
    const row = await this.#store.load(OnlineSessionEntity, app, { orCreate: fields });
    Object.assign(row.data, fields);
    await row.save();
  }

  async delete({ app, incarnation }: TableSession): Promise<void> {
    const row = await this.#store.load(OnlineSessionEntity, app);
    if (row?.data.incarnation === incarnation) await row.delete();
  }
}
