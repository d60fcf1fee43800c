import { z } from "zod";
import type { DrillWorld } from "./drill-world.ts";

const listed = z.array(z.object({ id: z.string(), app: z.string(), fence: z.string() }));

export type ListedLease = z.output<typeof listed>[number];

/** What the apps own, by `m3 leases`, but for the sessions of players: those move with each of these, and gates store nothing. */
export async function listLeases(world: DrillWorld): Promise<readonly ListedLease[]> {
  const leases = await world.m3("leases", "--json", "--limit", "10000", "--timeout", "15000").succeed();
  return listed.parse(JSON.parse(leases)).filter(({ id }) => !id.startsWith("lease/player/"));
}
