import { Rendezvous } from "m3game/internal";
import { type AppGroup, appIds } from "./cluster.ts";

/** Where the actors of a function are by the ring, and what a change of the ring does. */
export interface Placement {
  readonly func: string;
  readonly instances: number;
  /** Actors for each app. */
  readonly mean: number;
  readonly fewest: number;
  readonly most: number;
  /** Actors that another app owns once there is one app more, and how many of them went to one that was there before. */
  readonly movedByJoin: number;
  readonly movedElsewhere: number;
  /** The same once the first app is gone; those that it did not have itself are counted of one key in `sampleOf`. */
  readonly movedByLeave: number;
  readonly movedWithoutNeed: number;
  /** CPU time of one look-up in nanoseconds, for each app in the ring. */
  readonly nsPerApp: number;
}

const sampleOf = 20;

/** Asks the ring for each actor, before and after an app joins. */
export function placeActors({ func, instances, actors }: AppGroup): Placement {
  const apps = appIds(func, instances + 1);
  const ring = new Rendezvous(apps.slice(0, instances));
  const owners = new Int32Array(actors);
  const load = new Int32Array(instances);
  const before = process.cpuUsage();
  for (let actor = 0; actor < actors; actor++) owners[actor] = ring.owner(keyOf(func, actor));
  const { user, system } = process.cpuUsage(before);
  for (const owner of owners) load[owner] = (load[owner] ?? 0) + 1;

  const joined = new Rendezvous(apps);
  let [movedByJoin, movedElsewhere] = [0, 0];
  for (let actor = 0; actor < actors; actor++) {
    const owner = joined.owner(keyOf(func, actor));
    if (owner === owners[actor]) continue;
    movedByJoin++;
    if (owner !== instances) movedElsewhere++;
  }
  const left = new Rendezvous(apps.slice(1, instances));
  let movedWithoutNeed = 0;
  for (let actor = 0; actor < actors; actor += sampleOf) {
    const owner = owners[actor] ?? 0;
    if (owner !== 0 && left.owner(keyOf(func, actor)) !== owner - 1) movedWithoutNeed++;
  }
  return {
    ...{ func, instances, movedByJoin, movedElsewhere, movedWithoutNeed },
    mean: actors / instances,
    fewest: load.reduce((a, b) => Math.min(a, b)),
    most: load.reduce((a, b) => Math.max(a, b)),
    movedByLeave: load[0] ?? 0,
    nsPerApp: ((user + system) * 1000) / actors / instances,
  };
}

function keyOf(func: string, actor: number): string {
  return `${func}-${actor}`;
}
