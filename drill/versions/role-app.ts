import roleApp from "@m3game/demo/roleapp/app";
import { Code, defineApp, type Interceptor, M3Error } from "m3game";
import { met } from "./meetings.ts";

// The demo's role app as another version of it: which one, and what share of players' calls it fails, from 0 to 1, is in the
// environment. It says in its log which players it meets.
const version = process.env.DRILL_VERSION ?? "1.0.0";
const failing = Number(process.env.DRILL_FAILING ?? 0);

const players = new Set<string>();

const asVersion: Interceptor = (call, next) => {
  if (call.side === "client" || call.player === "") return next();
  if (!players.has(call.player)) {
    players.add(call.player);
    process.stdout.write(`${met(version, call.player)}\n`);
  }
  if (Math.random() < failing) throw new M3Error(Code.INTERNAL, `version ${version} is broken`);
  return next();
};

export default defineApp({ ...roleApp, version, interceptors: [asVersion] });
