import { defineEntity, type Entity, type EntityStore, type Logger } from "m3game";
import type { FightSide } from "../gen/fight_pb.js";
import { type FightPlaceDB, FightPlaceDBSchema, FightPlaceFlagSchema } from "../gen/zone_pb.js";
import type { FightApps } from "./fight-apps.ts";

export const FightPlaceEntity = defineEntity(FightPlaceDBSchema, { table: "fight_place", flags: FightPlaceFlagSchema });

const pageSize = 500;

/** A fight that is not over yet. */
interface Place {
  readonly row: Entity<typeof FightPlaceDBSchema>;
  /** Its app has said that it is there. */
  isRunning: boolean;
  starting: Promise<void> | undefined;
}

/**
 * Which fight is on which app. A place is stored before its app is asked, so that the next leader knows of every fight that
 * may be anywhere. Fights are heavy: one that runs is left where it is.
 */
export class Zone {
  readonly #store: EntityStore;
  readonly #apps: FightApps;
  readonly #log: Logger;
  readonly #places = new Map<string, Place>();
  readonly #creating = new Map<string, Promise<Place>>();
  /** Where the fights will be whose places are not stored yet. */
  readonly #reserved = new Set<Pick<FightPlaceDB, "appId" | "sides">>();

  /** All fights that the leader before has stored. */
  static async load(store: EntityStore, apps: FightApps, log: Logger): Promise<Zone> {
    const zone = new Zone(store, apps, log);
    let page = await store.find(FightPlaceEntity, { limit: pageSize });
    for (;;) {
      for (const row of page.entities) zone.#add(row);
      if (page.cursor === undefined) break;
      page = await store.find(FightPlaceEntity, { limit: pageSize, cursor: page.cursor });
    }
    await apps.refresh();
    return zone;
  }

  private constructor(store: EntityStore, apps: FightApps, log: Logger) {
    this.#store = store;
    this.#apps = apps;
    this.#log = log;
  }

  get places(): readonly FightPlaceDB[] {
    return [...this.#places.values()].map(({ row }) => row.data);
  }

  /** The app that has the fight, which runs there when this resolves. */
  async place(fightId: string, sides: readonly FightSide[]): Promise<string> {
    const place = this.#places.get(fightId) ?? (await this.#createOnce(fightId, sides));
    if (!place.isRunning) await this.#start(place);
    return place.row.data.appId;
  }

  /** The fight is over: nobody brings it back. */
  async end(fightId: string): Promise<void> {
    await this.#creating.get(fightId)?.catch(() => {});
    const row = this.#places.get(fightId)?.row ?? (await this.#store.load(FightPlaceEntity, fightId));
    await row?.delete();
    this.#places.delete(fightId);
  }

  /** Looks where the fights are, and begins those anew that are nowhere. */
  async check(): Promise<void> {
    await this.#apps.refresh();
    const whereabouts = this.#apps.whereabouts();
    await Promise.all([...this.#places.values()].map((place) => this.#check(place, whereabouts)));
  }

  async #check(place: Place, whereabouts: ReadonlyMap<string, string>): Promise<void> {
    const { fightId } = place.row.data;
    try {
      const app = whereabouts.get(fightId);
      place.isRunning = app !== undefined;
      // It has moved, as when its app was drained.
      if (app !== undefined) return await this.#moveTo(place, app);
      await this.#revive(place);
    } catch (error) {
      // It has ended meanwhile.
      if (!place.row.isLoaded) return;
      this.#log.warn("a fight could not be placed anew yet", { fight: fightId, error });
    }
  }

  async #revive(place: Place): Promise<void> {
    const { appId } = place.row.data;
    const state = this.#apps.state(appId);
    // Nobody can know: it may be busy with just that fight.
    if (place.starting !== undefined || state === "silent") return;
    await this.#moveTo(place, state === "gone" ? this.#choose() : appId);
    await this.#start(place);
  }

  // Where it is already this writes nothing, unless that could not be stored before.
  async #moveTo({ row }: Place, app: string): Promise<void> {
    if (!row.isLoaded) return;
    row.data.appId = app;
    await row.save();
  }

  #start(place: Place): Promise<void> {
    const begin = async () => {
      if (!place.row.isLoaded) return;
      const { appId, fightId, sides } = place.row.data;
      await this.#apps.start(appId, fightId, sides);
      place.isRunning = true;
    };
    place.starting ??= begin().finally(() => {
      place.starting = undefined;
    });
    return place.starting;
  }

  #createOnce(fightId: string, sides: readonly FightSide[]): Promise<Place> {
    const known = this.#creating.get(fightId);
    if (known !== undefined) return known;
    const creating = this.#create(fightId, sides).finally(() => this.#creating.delete(fightId));
    this.#creating.set(fightId, creating);
    return creating;
  }

  async #create(fightId: string, sides: readonly FightSide[]): Promise<Place> {
    const place = { appId: this.#choose(), sides: [...sides] };
    this.#reserved.add(place);
    try {
      return this.#add(await this.#store.create(FightPlaceEntity, fightId, place));
    } finally {
      this.#reserved.delete(place);
    }
  }

  #choose(): string {
    const fighters = new Map<string, number>();
    for (const { appId, sides } of [...this.places, ...this.#reserved]) {
      fighters.set(appId, (fighters.get(appId) ?? 0) + countOf(sides));
    }
    return this.#apps.choose(fighters);
  }

  #add(row: Place["row"]): Place {
    const place: Place = { row, isRunning: false, starting: undefined };
    this.#places.set(row.data.fightId, place);
    return place;
  }
}

function countOf(sides: readonly FightSide[]): number {
  return sides.reduce((count, { members }) => count + members.length, 0);
}
