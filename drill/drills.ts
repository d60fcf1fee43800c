import type { Drill } from "./drill.ts";
import { canary } from "./drills/canary.ts";
import { down } from "./drills/down.ts";
import { faults } from "./drills/faults.ts";
import { lease } from "./drills/lease.ts";
import { broker, registry } from "./drills/lost-server.ts";
import { member } from "./drills/member.ts";
import { rolling } from "./drills/rolling.ts";
import { scale } from "./drills/scale.ts";
import { store } from "./drills/store.ts";

/** All drills, by the name that `npm run drill` knows them by. */
export const drills: Readonly<Record<string, Drill>> = {
  rolling,
  canary,
  scale,
  faults,
  down,
  registry,
  broker,
  lease,
  member,
  store,
};
