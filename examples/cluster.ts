import type { ClusterMember } from "m3game";
import asyncApp from "./asyncapp/app.ts";
import multiApp from "./multiapp/app.ts";
import simpleApp from "./simpleapp/app.ts";

const grpc = (port: number) => `
[[Plugin.Trans.trans_http2]]
Host = "127.0.0.1"
Port = ${port}

[[Plugin.Log.log_pino]]
LogLevel = "WARN"
`;

/** All examples in one process, on the registry and the broker in memory: m3 dev examples/cluster.ts */
export default [
  { app: simpleApp, id: "example.world1.simple.1", config: grpc(20051) },
  { app: multiApp, id: "example.world1.multi.1", config: grpc(20041) },
  { app: asyncApp, id: "example.world1.async.1", config: grpc(20021) },
] satisfies readonly ClusterMember[];
