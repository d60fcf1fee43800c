import { expect, test } from "vitest";
import { callerApp, startTestCluster } from "../../test/support/cluster.ts";
import { HeroEntity } from "../../test/support/hero-entity.ts";

const config = "[[Plugin.DB.db_memory]]\n";

test("an app stores entities outside of actors; of two writers the loser is told", async () => {
  const cluster = await startTestCluster([
    { app: callerApp(), id: "test.w1.caller.1", config },
    { app: callerApp(), id: "test.w1.caller.2", config },
  ]);
  const [one, two] = cluster.apps;
  const mine = await one?.entities().load(HeroEntity, 7n, { orCreate: { name: "June" } });
  const theirs = await two?.entities().load(HeroEntity, 7n);
  if (mine === undefined || theirs === undefined) throw new Error("nothing was stored");
  mine.data.level = 2;
  theirs.data.level = 3;
  await mine.save();
  await expect(theirs.save()).rejects.toMatchObject({ reason: "CONFLICT" });
  await theirs.reload();
  expect(theirs.data).toMatchObject({ name: "June", level: 2 });
});

test("a store that the config does not name is missed", async () => {
  const cluster = await startTestCluster([{ app: callerApp(), id: "test.w1.caller.1" }]);
  expect(() => cluster.app("test.w1.caller.1").entities("accounts")).toThrow('no db plugin with Name = "accounts"');
});
