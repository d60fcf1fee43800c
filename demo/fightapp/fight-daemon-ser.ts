import { multi } from "m3game";
import { FightDaemonSer } from "../gen/fight_pb.js";
import { Fight } from "./fight.ts";
import { LateTicks } from "./late-ticks.ts";

/** How one fight app does. Fights share no memory with it, though they run in the same process: they tell it. */
export const fightDaemonSer = multi(FightDaemonSer, (app) => {
  const ticks = new LateTicks();
  const fightersOf = new Map<string, number>();
  return {
    fightTicks({ fightId, fighters, lateMs }) {
      fightersOf.set(fightId, fighters);
      ticks.add(lateMs);
      return {};
    },
    fightLoad() {
      const fightIds = app.actors(Fight).list();
      const active = new Set(fightIds);
      for (const id of fightersOf.keys()) if (!active.has(id)) fightersOf.delete(id);
      const fighters = [...fightersOf.values()].reduce((sum, count) => sum + count, 0);
      // What was late when there were fights says nothing of the next one.
      if (active.size === 0) ticks.clear();
      const [lateP50Ms, lateP99Ms] = [ticks.percentile(0.5), ticks.percentile(0.99)];
      return { fights: fightIds.length, fighters, fightIds: [...fightIds], lateP50Ms, lateP99Ms };
    },
  };
});
