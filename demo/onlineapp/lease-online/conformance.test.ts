import { runLeaseConformance } from "@m3game/testing";
import { type App, type Cluster, defineApp, type PluginContext, startCluster } from "m3game";
import { afterAll, beforeAll } from "vitest";
import { OnlineSer } from "../../gen/online_pb.js";
import onlineApp from "../app.ts";
import { leaseOnline } from "./index.ts";

let cluster: Cluster;
let caller: App;

const call: PluginContext["call"] = (method, request, options) => {
  const client = caller.client(method.parent);
  return Reflect.apply(Reflect.get(client, method.localName), client, [request, options]);
};

beforeAll(async () => {
  cluster = await startCluster([
    { app: onlineApp, id: "test.world1.online.1" },
    { app: onlineApp, id: "test.world1.online.2" },
    { app: defineApp({ func: "caller", servers: [] }), id: "test.world1.caller.1" },
  ]);
  caller = cluster.app("test.world1.caller.1");
});

afterAll(() => cluster[Symbol.asyncDispose]());

runLeaseConformance({
  name: "lease_online",
  shortTtlMs: 2000,
  create: (context) => leaseOnline.create(leaseOnline.config.parse({}), { ...context, call }),
  letTimePass: () => new Promise((resolve) => setTimeout(resolve, 50)),
  async revoke(app) {
    await caller.client(OnlineSer).onlineClose({ session: { appId: app } });
  },
});
