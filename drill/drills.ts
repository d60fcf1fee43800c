import type { Drill } from "./drill.ts";
import { canary } from "./drills/canary.ts";
import { faults } from "./drills/faults.ts";
import { rolling } from "./drills/rolling.ts";

/** All drills, by the name that `npm run drill` knows them by. */
export const drills: Readonly<Record<string, Drill>> = { rolling, canary, faults };
