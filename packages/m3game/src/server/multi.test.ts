import { expect, test } from "vitest";
import { startTestCluster } from "../../test/support/cluster.ts";
import { BackSer } from "../../test/support/services.ts";
import { defineApp } from "../app/define-app.ts";
import { p2p } from "../rpc/route.ts";
import { async } from "./async.ts";
import { multi } from "./multi.ts";

const ids = ["test.w1.back.1", "test.w1.back.2"] as const;

test.each([
  ["multi", multi],
  ["async", async],
] as const)("what handlers of a %s server share belongs to one app, and they know which", async (_model, host) => {
  const server = host(BackSer, ({ id }) => {
    let calls = 0;
    return {
      say: () => ({ text: `${id.ins}: ${++calls}` }),
      repeat: (request) => request,
      tell: () => ({}),
      keyed: (request) => request,
    };
  });
  const app = defineApp({ func: "back", servers: [server] });
  const cluster = await startTestCluster(ids.map((id) => ({ app, id })));
  const ask = async (to: string) => (await cluster.app(ids[0]).client(BackSer).to(p2p(to)).say({})).text;
  expect([await ask(ids[0]), await ask(ids[0]), await ask(ids[1])]).toEqual(["1: 1", "1: 2", "2: 1"]);
});
