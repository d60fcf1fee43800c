import { describe, expect, test } from "vitest";
import { AdminSer } from "../../gen/m3/admin_pb.js";
import { ActorWorld, levelUp, Player, playerApp } from "../../test/support/actor-world.ts";
import { failure } from "../../test/support/cluster.ts";
import { PlayerSer } from "../../test/support/player-services.ts";
import { defineClient } from "../rpc/define-client.ts";
import { p2p } from "../rpc/route.ts";

const [first, second] = ["test.w1.player.1", "test.w1.player.2"];
const seven = { kind: "player/Player", id: "7" };

/** Two apps; the actor 7 is active on the first, its level is 2 and not saved. */
async function startTwo() {
  const world = await ActorWorld.create();
  const app = playerApp(Player, levelUp, { version: "1.2.3" });
  const one = await world.start("1", app);
  const two = await world.start("2", app);
  await world.until(one.client(PlayerSer).to(p2p(first)).do({ id: "7" }));
  const admin = (target: string) => two.client(defineClient(AdminSer, { func: "player" })).to(p2p(target));
  return { world, one, two, admin };
}

describe("an operator", () => {
  test("sees what an app is and has", async () => {
    const { world, admin } = await startTwo();
    expect(await world.until(admin(first).describeApp({}))).toMatchObject({
      ...{ version: "1.2.3", pid: process.pid, services: [PlayerSer.typeName], calls: 1, served: 1n, failed: 0n },
      endpoints: [{ scheme: "memory", address: first }],
      actors: [{ kind: "player/Player", count: 1 }],
      lease: { state: "valid", claims: 1 },
    });
    const { session, leases } = await world.until(admin(first).listLeases({ prefix: "player/" }));
    expect(session?.leftMs).toBeGreaterThan(0n);
    expect(leases).toMatchObject([{ id: "player/Player/7", fence: expect.stringMatching(/^\d+\.\d+$/) }]);
    expect((await world.until(admin(first).listLeases({ prefix: "other/" }))).leases).toEqual([]);
    expect(await world.until(admin(first).listSessions({}))).toMatchObject({ sessions: [], total: 0 });
  });

  test("finds actors, with what they hold and whether it is saved", async () => {
    const { world, admin } = await startTwo();
    expect(await world.until(admin(first).listActors({}))).toMatchObject({
      actors: [{ ...seven, state: "active", waitingCalls: 0 }],
      total: 1,
    });
    expect(await world.until(admin(second).listActors({}))).toMatchObject({ actors: [], total: 0 });
    expect(await world.until(admin(first).getActor(seven))).toMatchObject({
      ...{ hosts: true, owner: first },
      actor: { state: "active", turn: "", entities: [{ table: "hero", unsaved: true }] },
    });
    const elsewhere = await world.until(admin(second).getActor(seven));
    expect(elsewhere).toMatchObject({ hosts: true, owner: first });
    expect(elsewhere.actor).toBeUndefined();
    expect(await world.until(admin(second).getActor({ kind: "club/Club", id: "7" }))).toMatchObject({ hosts: false });
  });

  test("kicks and moves actors, which are saved, and the log says who wanted it", async () => {
    const { world, one, two, admin } = await startTwo();
    await world.until(admin(first).moveActor({ ...seven, targetApp: second, operator: "june" }));
    expect([one.actors(Player).list(), two.actors(Player).list()]).toEqual([[], ["7"]]);
    await world.until(admin(second).kickActor({ ...seven, operator: "mike" }));
    expect(two.actors(Player).list()).toEqual([]);
    expect((await world.until(one.client(PlayerSer).do({ id: "7" }))).number).toBe(2);
    const audited = world.log.lines.filter(({ fields }) => fields.audit === true);
    expect(audited).toMatchObject([
      {
        ...{ level: "warn", message: "an operator moved an actor" },
        fields: { app: first, via: second, ...seven, targetApp: second, operator: "june" },
      },
      { message: "an operator kicked an actor", fields: { app: second, via: second, ...seven, operator: "mike" } },
    ]);
  });

  test("follows the calls of an id from where they are served, and the log says who does", async () => {
    const { world, one, two, admin } = await startTwo();
    const request = { id: "7", trace: "t", operator: "june" };
    await world.until(admin(first).traceCalls(request));
    await world.until(two.client(PlayerSer).do({ id: "7" }));
    await world.until(two.client(PlayerSer).do({ id: "8" }));
    await world.until(
      one
        .client(PlayerSer)
        .to(p2p(first))
        .any({}, { metadata: { actorid: "7" } }),
    );
    const { calls, cursor, lost } = await world.until(admin(first).traceCalls(request));
    expect(calls).toMatchObject([
      { method: "/m3test.PlayerSer/Do", caller: second, code: "OK", reason: "" },
      { method: "/m3test.PlayerSer/Any", caller: first, code: "OK" },
    ]);
    expect([cursor, lost]).toEqual([2n, 0n]);
    expect((await world.until(admin(first).traceCalls({ ...request, cursor }))).calls).toEqual([]);
    const audited = world.log.lines.filter(({ fields }) => fields.audit === true);
    expect(audited).toMatchObject([
      {
        message: "an operator follows the calls of an id",
        fields: { app: first, via: second, id: "7", operator: "june" },
      },
    ]);
    expect(await world.until(failure(admin(first).traceCalls({})))).toMatchObject({ reason: "BAD_REQUEST" });
  });

  test("is told what can't be done", async () => {
    const { world, admin } = await startTwo();
    const kicked = (request: object) => world.until(failure(admin(first).kickActor(request)));
    expect(await kicked({ ...seven, id: "8" })).toMatchObject({ reason: "NOT_OWNER" });
    expect(await kicked({ kind: "club/Club", id: "7" })).toMatchObject({ reason: "BAD_REQUEST" });
    const moved = failure(admin(first).moveActor({ ...seven, targetApp: "test.w1.player.9" }));
    expect(await world.until(moved)).toMatchObject({ reason: "NO_INSTANCE" });
    expect(world.log.lines.filter(({ fields }) => fields.audit === true)).toEqual([]);
  });
});
