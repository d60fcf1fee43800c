import type { PlayOptions } from "@m3game/demo/client/mode";
import { modes } from "@m3game/demo/client/modes";
import { login } from "@m3game/demo/client/player";
import { RoleSer } from "@m3game/demo/gen/role_pb.js";
import type { Cluster } from "m3game";
import type { SmokeReport } from "./smoke-report.ts";

export type Gates = PlayOptions["gates"];

/** Tries a cluster whose gates are these. */
type SmokeStep = (report: SmokeReport, gates: Gates) => Promise<void>;

const many = { players: 30, seconds: 1 };

/** By function: with them a search and a fight take seconds. */
export const smokeEnv: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  match: { M3__App__BotAfter: "2" },
  fight: { M3__App__DurationSeconds: "15", M3__App__KillsToWin: "1", M3__App__MaxHp: "20" },
};

/** What is tried, each of it in a cluster that was just started; all of them share what is stored. */
export function smokeSteps(): readonly SmokeStep[] {
  // Whatever earlier runs have left in a store that stays.
  const token = `smoke-${Date.now().toString(36)}`;
  return [
    (report, gates) => playModes(report, { gates, token, ...many }),
    (report, gates) => report.attempt("a role after a restart of all apps", () => checkRole(gates, token)),
  ];
}

async function playModes(report: SmokeReport, options: PlayOptions): Promise<void> {
  for (const [name, mode] of Object.entries(modes)) {
    await report.attempt(`mode ${name}`, async () => {
      const lines: string[] = [];
      await mode(options, (line) => lines.push(line));
      return lines;
    });
  }
}

/** Looks whether a role is as the modes left it. */
async function checkRole([gate]: Gates, token: string): Promise<unknown> {
  using player = await login(gate, token);
  const { roleDb } = await player.client.service(RoleSer).roleLogin({});
  const found = { name: roleDb?.name, power: roleDb?.power };
  if (found.name !== "NewName" || found.power !== 1000) throw new Error(`it is ${JSON.stringify(found)}`);
  return found;
}

/** Where the gates of a cluster take WebSockets, `host:port`. Throws when there is none. */
export function gatesOf({ apps }: Pick<Cluster, "apps">): Gates {
  const endpoints = apps.flatMap((app) => app.endpoints).filter(({ scheme }) => scheme === "ws");
  return asGates(endpoints.map(({ endpoint }) => endpoint));
}

export function asGates([first, ...more]: readonly string[]): Gates {
  if (first === undefined) throw new Error("the demo has no gate with a [[Plugin.Gate.gate_ws]]");
  return [first, ...more];
}
