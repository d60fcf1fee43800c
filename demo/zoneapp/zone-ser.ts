import { setTimeout } from "node:timers/promises";
import { type HostApp, ledBy, multi } from "m3game";
import { checkSides } from "../fightapp/sides.ts";
import { ZoneSer } from "../gen/zone_pb.js";
import { FightApps } from "./fight-apps.ts";
import { Zone } from "./zone.ts";

const checkMs = 1000;

// One decides where fights are, or two would give the same fight to two apps.
export const zoneSer = ledBy("zone", ZoneSer, async ({ claim, signal }, app) => {
  const zone = await Zone.load(app.entities().ownedBy(claim), new FightApps(app), app.log);
  void keepChecking(zone, app, signal);
  return multi(ZoneSer, {
    async zonePlace({ fightId, sides }) {
      checkSides(sides);
      return { appId: await zone.place(fightId, sides) };
    },
    async zoneEnd({ fightId }) {
      await zone.end(fightId);
      return {};
    },
    zoneList: () => ({ places: [...zone.places] }),
  });
});

/** As long as this app leads. */
async function keepChecking(zone: Zone, { log }: HostApp, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await setTimeout(checkMs, undefined, { signal, ref: false }).catch(() => {});
    if (signal.aborted) return;
    await zone
      .check()
      .catch((error) => log.warn("the zone could not look after its fights; it looks again soon", { error }));
  }
}
