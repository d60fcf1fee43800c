import { isM3Error, type Logger, type Players, type PlayersCaller, players } from "m3game";
import { FightDeltaSchema, type FightOver, FightOverSchema, FightSnapshotSchema } from "../gen/fight_pb.js";
import type { Battle } from "./battle.ts";
import type { BattleFighter } from "./fighter.ts";
import { type View, Viewer } from "./viewer.ts";

export interface AudienceOptions {
  readonly fightId: string;
  /** Makes calls that belong to no turn: a tick waits for no client. */
  readonly caller: PlayersCaller;
  readonly log: Logger;
}

/**
 * The clients of a fight. Each gets one push at a time: where the way to it is slow, the next one holds all that changed
 * meanwhile.
 */
export class Audience {
  readonly #options: AudienceOptions;
  readonly #viewers = new Map<bigint, Viewer>();
  /** The way to the players of each gate; "" by any. */
  readonly #gates = new Map<string, Players>();

  constructor(options: AudienceOptions) {
    this.#options = options;
  }

  get viewers(): Iterable<Viewer> {
    return this.#viewers.values();
  }

  /** A client of this fighter is there. */
  enter(fighter: BattleFighter, gate: string): Viewer {
    const viewer = new Viewer(fighter, gate === "" ? undefined : gate);
    this.#viewers.set(fighter.roleId, viewer);
    return viewer;
  }

  /** Shows everybody what a tick has changed. */
  show(battle: Battle): void {
    for (const viewer of this.#viewers.values()) {
      if (viewer.isBusy) continue;
      const view = viewer.look(this.#options.fightId, battle);
      if (view !== undefined) void this.#push(viewer, view);
    }
  }

  /** Tells everybody how it ended, once. */
  async end(over: FightOver): Promise<void> {
    const tell = (viewer: Viewer) => this.#to(viewer).push(String(viewer.fighter.roleId), FightOverSchema, over);
    const viewers = [...this.#viewers.values()];
    this.#viewers.clear();
    await Promise.allSettled(viewers.map(tell));
  }

  async #push(viewer: Viewer, { kind, message }: View): Promise<void> {
    const player = String(viewer.fighter.roleId);
    viewer.isBusy = true;
    try {
      // A delta may be left out where a client is slow: the next snapshot makes up for it. Of snapshots the newest is enough.
      if (kind === "delta") await this.#to(viewer).push(player, FightDeltaSchema, message, { delivery: "droppable" });
      else await this.#to(viewer).push(player, FightSnapshotSchema, message, { delivery: { latest: "fight" } });
    } catch (error) {
      this.#failed(viewer, error);
    } finally {
      viewer.isBusy = false;
    }
  }

  #failed(viewer: Viewer, error: unknown): void {
    const { roleId } = viewer.fighter;
    if (isM3Error(error) && error.reason === "PLAYER_OFFLINE") {
      // It enters again when it is back.
      if (this.#viewers.get(roleId) === viewer) this.#viewers.delete(roleId);
      return;
    }
    this.#options.log.debug("a client could not be shown the fight", { role: String(roleId), error });
    viewer.gate = undefined;
    viewer.forget();
  }

  #to({ gate = "" }: Viewer): Players {
    const known = this.#gates.get(gate);
    if (known !== undefined) return known;
    const made = players(this.#options.caller, gate === "" ? {} : { gate });
    this.#gates.set(gate, made);
    return made;
  }
}
