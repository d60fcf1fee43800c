import { expect, test, vi } from "vitest";
import { AdminSer } from "../../gen/m3/admin_pb.js";
import { backApp, callerApp, failure, startTestCluster } from "../../test/support/cluster.ts";
import { BackSer } from "../../test/support/services.ts";
import { defineClient } from "../rpc/define-client.ts";
import { hash, p2p } from "../rpc/route.ts";

const backs = [1, 2, 3].map((ins) => `test.w1.back.${ins}`);
const [one, two, three] = backs as [string, string, string];
const caller = "test.w1.caller.1";
const keys = Array.from({ length: 40 }, (_, index) => `player-${index}`);

const ofVersion = (version: string) => backApp({ say: () => ({ text: version }) }, { version });

/** One instance of version 1, one of version 2. */
async function startVersions() {
  const cluster = await startTestCluster([
    { app: ofVersion("1"), id: one },
    { app: ofVersion("2"), id: two },
    { app: callerApp(), id: caller },
  ]);
  const back = cluster.app(caller).client(BackSer);
  const admin = (app: string) =>
    cluster
      .app(caller)
      .client(defineClient(AdminSer, { func: "back" }))
      .to(p2p(app));
  /** How many keys get which version. */
  const versions = async () => {
    const texts = await Promise.all(keys.map(async (key) => (await back.to(hash(key)).say({})).text));
    return ["1", "2"].map((version) => texts.filter((text) => text === version).length);
  };
  return { cluster, back, admin, versions };
}

test("a rule that one instance is told counts for all callers, and outlives it", async () => {
  const { cluster, back, admin, versions } = await startVersions();
  await admin(one).setCanary({ version: "2", share: 0, ids: ["june"], revision: 1n, operator: "mike" });
  await vi.waitFor(async () => expect(await versions()).toEqual([keys.length, 0]));
  expect((await back.to(hash("june")).say({})).text).toBe("2");
  await cluster.start({ app: ofVersion("1"), id: three });
  await cluster.app(one).stop();
  await vi.waitFor(async () => expect(await versions()).toEqual([keys.length, 0]));
  expect((await back.to(hash("june")).say({})).text).toBe("2");

  await admin(three).setCanary({ version: "2", share: 1, revision: 2n });
  await vi.waitFor(async () => expect(await versions()).toEqual([0, keys.length]));
  // What comes late is older.
  await admin(two).setCanary({ version: "2", share: 0, revision: 1n });
  expect(await versions()).toEqual([0, keys.length]);
  const audited = cluster.log.at("warn").filter(({ fields }) => fields.audit === true);
  expect(audited[0]).toMatchObject({
    message: "an operator set a canary rule",
    fields: { app: one, via: caller, version: "2", share: 0, ids: ["june"], operator: "mike" },
  });
});

test("a share that is none, and a rule that is too long, are refused", async () => {
  const { admin, versions } = await startVersions();
  const refused = (request: object) => failure(admin(one).setCanary({ version: "2", revision: 1n, ...request }));
  expect(await refused({ share: 1.5 })).toMatchObject({ reason: "BAD_REQUEST" });
  expect(await refused({ share: Number.NaN })).toMatchObject({ reason: "BAD_REQUEST" });
  expect(await refused({ share: 0, ids: keys.map((key) => key.repeat(3)) })).toMatchObject({ reason: "BAD_REQUEST" });
  expect((await versions()).every((count) => count > 0)).toBe(true);
});
