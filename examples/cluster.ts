import { join } from "node:path";
import type { ClusterMember } from "m3game";
import actorApp from "./actorapp/app.ts";
import asyncApp from "./asyncapp/app.ts";
import gateApp from "./gateapp/app.ts";
import multiApp from "./multiapp/app.ts";
import simpleApp from "./simpleapp/app.ts";
import worldApp from "./worldapp/app.ts";

const grpc = (port: number) => `
[[Plugin.Trans.trans_http2]]
Host = "127.0.0.1"
Port = ${port}

[[Plugin.Log.log_pino]]
LogLevel = "WARN"
`;

// BreakHello is limited, and kept from being called while it fails.
const rules = `
[[Options.Shape]]
RuleConfigFile = ${JSON.stringify(join(import.meta.dirname, "config/shaperule.toml"))}

[[Plugin.Shape.shape_sentinel]]
`;

// The clients of the original choose their routes themselves.
const gate = `
[[Plugin.Trans.trans_tcp]]
Host = "127.0.0.1"
Port = 0

[[Plugin.Gate.gate_grpc]]
Port = 20034

[[Plugin.Gate.gate_ws]]
Port = 20035

[[Server.Gate]]
TrustClientRoute = true
`;

// TraceHello's spans are printed.
const spans = `
[[Plugin.Trace.trace_stdout]]
`;

// Actors move between apps by the peer transport.
const players = `
[[Plugin.Trans.trans_tcp]]
Host = "127.0.0.1"
Port = 0

[[Plugin.DB.db_sqlite]]
File = ${JSON.stringify(join(import.meta.dirname, "data/actorapp.sqlite"))}

[[Options.Resource]]
CfgPath = ${JSON.stringify(join(import.meta.dirname, "actorapp"))}

[[Server.Actor]]
ActiveTimeOut = 60
`;

/** All examples in one process, with registry, broker and leases in memory: m3 dev examples/cluster.ts */
export default [
  { app: simpleApp, id: "example.world1.simple.1", config: grpc(20051) },
  { app: multiApp, id: "example.world1.multi.1", config: grpc(20041) + rules + spans },
  { app: asyncApp, id: "example.world1.async.1", config: grpc(20021) },
  { app: actorApp, id: "example.world1.actor.1", config: grpc(20001) + players },
  { app: actorApp, id: "example.world1.actor.2", config: grpc(20011) + players },
  { app: worldApp, id: "example.world1.world.1", config: grpc(20061) },
  { app: gateApp, id: "example.world1.gate.1", config: grpc(20031) + gate },
] satisfies readonly ClusterMember[];
