import type { Drill } from "./drill.ts";
<<<<<<< HEAD
import { canary } from "./drills/canary.ts";
=======
import { down } from "./drills/down.ts";
>>>>>>> a10505b (Drills that kill apps and take the registry or the broker away: faults, down, registry, broker; what they cost is in the docs)
import { faults } from "./drills/faults.ts";
import { lease } from "./drills/lease.ts";
import { broker, registry } from "./drills/lost-server.ts";
import { rolling } from "./drills/rolling.ts";

/** All drills, by the name that `npm run drill` knows them by. */
<<<<<<< HEAD
export const drills: Readonly<Record<string, Drill>> = { rolling, canary, faults };
=======
export const drills: Readonly<Record<string, Drill>> = { rolling, faults, down, registry, broker, lease };
>>>>>>> a10505b (Drills that kill apps and take the registry or the broker away: faults, down, registry, broker; what they cost is in the docs)
