import { randomUUID } from "node:crypto";
import { join } from "node:path";
import type { ClusterMember } from "m3game";
import clubApp from "./clubapp/app.ts";
import clubRoleApp from "./clubroleapp/app.ts";
import fightApp from "./fightapp/app.ts";
import gateApp from "./gateapp/app.ts";
import matchApp from "./matchapp/app.ts";
import onlineApp from "./onlineapp/app.ts";
import roleApp from "./roleapp/app.ts";
import uidApp from "./uidapp/app.ts";
import zoneApp from "./zoneapp/app.ts";

const log = `
[[Plugin.Log.log_pino]]
LogLevel = "WARN"
`;

// One file for all of them, each with tables of its own.
const store = `
[[Plugin.DB.db_sqlite]]
File = ${JSON.stringify(join(import.meta.dirname, "../.m3/demo.sqlite"))}
`;

// The same at all gates: a session that loses one goes on at another.
const resumeSecret = randomUUID();

// Web pages of this machine may connect: the demo's own is served at this port.
const gate = (ws: number, grpc: number) => `
[[Plugin.Gate.gate_ws]]
Port = ${ws}
AllowedOrigins = ["http://127.0.0.1:32400", "http://localhost:32400"]

[[Plugin.Gate.gate_grpc]]
Port = ${grpc}

[[Server.Gate]]
ResumeSecret = "${resumeSecret}"
`;

// Which app has which role, and which gate which player, is kept by the online apps.
const leases = `
[[Plugin.Lease.lease_online]]
`;

// The script decides who may log in: change it while the apps run.
const roles = `
[[Plugin.Script.script_lua]]
LuaFile = ${JSON.stringify(join(import.meta.dirname, "roleapp/hooks.lua"))}
Watch = true
`;

// A fight ends by itself, and stays where the zone has put it.
const fights = `
[[Server.Actor]]
ActiveTimeOut = 0
RebalanceTime = 0
`;

/**
 * The whole demo in one process, with registry, broker, leases and the calls between its apps in memory: `npm start`, or
 * m3 dev demo/cluster.ts
 */
export default [
  // The first one leads, the other stands by.
  { app: uidApp, id: "demo.world1.uid.1", config: log + store },
  { app: uidApp, id: "demo.world1.uid.2", config: log + store },
  { app: clubApp, id: "demo.world1.club.1", config: log + store },
  { app: clubApp, id: "demo.world1.club.2", config: log + store },
  { app: clubRoleApp, id: "demo.world1.clubrole.1", config: log + store },
  { app: onlineApp, id: "demo.world1.online.1", config: log + store },
  { app: onlineApp, id: "demo.world1.online.2", config: log + store },
  { app: roleApp, id: "demo.world1.role.1", config: log + store + leases + roles },
  { app: roleApp, id: "demo.world1.role.2", config: log + store + leases + roles },
  { app: matchApp, id: "demo.world1.match.1", config: log + store },
  { app: matchApp, id: "demo.world1.match.2", config: log + store },
  { app: zoneApp, id: "demo.world1.zone.1", config: log + store },
  { app: zoneApp, id: "demo.world1.zone.2", config: log + store },
  { app: fightApp, id: "demo.world1.fight.1", config: log + store + fights },
  { app: fightApp, id: "demo.world1.fight.2", config: log + store + fights },
  { app: gateApp, id: "demo.world1.gate.1", config: log + leases + gate(32414, 32412) },
  { app: gateApp, id: "demo.world1.gate.2", config: log + leases + gate(32424, 32422) },
] satisfies readonly ClusterMember[];
