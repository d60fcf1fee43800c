import { defineApp, multi } from "m3game";
import type { FightSide } from "../gen/fight_pb.js";
import { ZoneSer } from "../gen/zone_pb.js";

/** A zone that notes what it is asked to place, and places nothing. */
export class FakeZone {
  readonly placed: { readonly fightId: string; readonly sides: readonly FightSide[] }[] = [];
  /** It refuses what it is asked. */
  fails = false;

  readonly app = defineApp({
    func: "zone",
    servers: [
      multi(ZoneSer, {
        zonePlace: ({ fightId, sides }) => {
          this.placed.push({ fightId, sides });
          if (this.fails) throw new Error("this zone does not work");
          return { appId: "demo.world1.fight.1" };
        },
        zoneEnd: () => ({}),
        zoneList: () => ({}),
      }),
    ],
  });

  get fightIds(): ReadonlySet<string> {
    return new Set(this.placed.map(({ fightId }) => fightId));
  }
}
