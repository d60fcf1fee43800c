import { expect, test } from "vitest";
import { acquired, LeaseWorld } from "../../test/support/lease-world.ts";
import { leaderClaim } from "../ownership/leader.ts";
import { AppLeaders } from "./app-leaders.ts";

test("while the lease store does not answer nobody is known to lead: callers try again, and nothing is held for done", async () => {
  const world = new LeaseWorld();
  const { ownership: leader } = await world.start("1");
  const { ownership } = await world.start("2");
  await acquired(leader, leaderClaim("uid"));
  const leaders = new AppLeaders({ ownership, clock: world.clock, isReachable: () => true });
  // As often as it is asked again.
  for (let attempt = 0; attempt < 3; attempt++) world.faults.loseReply("", "holder");
  expect(await leaders.whoLeads("uid")).toBeUndefined();
  await world.pass(1000);
  expect(await leaders.whoLeads("uid")).toBe("e.w.f.1");
});
