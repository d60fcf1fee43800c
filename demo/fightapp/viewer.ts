import type { MessageInitShape } from "@bufbuild/protobuf";
import { Interest } from "m3game/world";
import type { FightDeltaSchema, FightSnapshotSchema } from "../gen/fight_pb.js";
import type { Battle } from "./battle.ts";
import type { BattleFighter } from "./fighter.ts";

/** In ticks: how long a client may miss what a delta that was left out has told. */
const snapshotEvery = 20;

export type View =
  | { readonly kind: "snapshot"; readonly message: MessageInitShape<typeof FightSnapshotSchema> }
  | { readonly kind: "delta"; readonly message: MessageInitShape<typeof FightDeltaSchema> };

/** What one fighter's client sees, and what of it the client has been sent. */
export class Viewer {
  readonly fighter: BattleFighter;
  /** Where its client probably is; undefined: any gate knows better. */
  gate: string | undefined;
  /** A push is under way: what happens meanwhile is in the next one. */
  isBusy = false;
  #interest = new Interest();
  /** What changed up to here has been sent. */
  #sentTick = 0;
  #snapshotTick = 0;
  /** A delta was sent since the last snapshot: it may have been left out. */
  #mayMiss = false;

  constructor(fighter: BattleFighter, gate: string | undefined) {
    this.fighter = fighter;
    this.gate = gate;
  }

  /** The next view is whole. */
  forget(): void {
    this.#snapshotTick = Number.NEGATIVE_INFINITY;
    this.#mayMiss = true;
  }

  /** What to push after a tick; undefined: nothing in sight has changed. */
  look(fightId: string, battle: Battle): View | undefined {
    if (this.#mayMiss && battle.tickCount - this.#snapshotTick >= snapshotEvery) {
      return { kind: "snapshot", message: this.snapshot(fightId, battle) };
    }
    const message = this.#delta(fightId, battle);
    return message && { kind: "delta", message };
  }

  /** Everything in sight. */
  snapshot(fightId: string, battle: Battle): MessageInitShape<typeof FightSnapshotSchema> {
    this.#interest = new Interest();
    const { entered } = this.#see(battle);
    const { width, height } = battle.rules;
    const { tickCount: tick, sideKills } = battle;
    this.#sentTick = tick;
    this.#snapshotTick = tick;
    this.#mayMiss = false;
    const fighters = entered.flatMap((slot) => battle.at(slot)?.shown ?? []);
    return { fightId, tick, width, height, fighters, sideKills, remainingMs: remaining(battle) };
  }

  #delta(fightId: string, battle: Battle): MessageInitShape<typeof FightDeltaSchema> | undefined {
    const sight = this.#see(battle);
    const since = this.#sentTick;
    const entered = sight.entered.flatMap((slot) => battle.at(slot)?.shown ?? []);
    const changed = sight.stayed.flatMap((slot) => {
      const fighter = battle.at(slot);
      return fighter !== undefined && fighter.changedAt > since ? fighter.shown : [];
    });
    const left = sight.left.flatMap((slot) => battle.at(slot)?.roleId ?? []);
    const hasScore = battle.scoredAt > since;
    this.#sentTick = battle.tickCount;
    if (entered.length + changed.length + left.length === 0 && !hasScore) return undefined;
    this.#mayMiss = true;
    const isSeen = (roleId: bigint | undefined) =>
      [...sight.entered, ...sight.stayed].some((slot) => battle.at(slot)?.roleId === roleId);
    const hits = battle.hits.filter(({ sourceId, targetId }) => isSeen(sourceId) || isSeen(targetId));
    return {
      ...{ fightId, tick: battle.tickCount, remainingMs: remaining(battle), fighters: [...entered, ...changed] },
      ...{ hits, left, sideKills: hasScore ? battle.sideKills : [] },
    };
  }

  #see(battle: Battle) {
    const { x, y } = this.fighter.shown;
    return this.#interest.look(battle.world, x, y, battle.rules.sight);
  }
}

function remaining({ remainingMs }: Battle): number {
  return Math.round(remainingMs);
}
