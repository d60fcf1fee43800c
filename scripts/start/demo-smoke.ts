import { setTimeout as delay } from "node:timers/promises";
import type { PlayOptions } from "@m3game/demo/client/mode";
import { modes } from "@m3game/demo/client/modes";
import { login } from "@m3game/demo/client/player";
import { RoleSer } from "@m3game/demo/gen/role_pb.js";
import type { Cluster } from "m3game";
import type { SmokeReport } from "./smoke-report.ts";

export type Gates = PlayOptions["gates"];

const patienceMs = 60_000;
const many = { players: 30, seconds: 1 };

/** By function: with them a search and a fight take seconds. */
export const smokeEnv: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  match: { M3__App__BotAfter: "2" },
  fight: { M3__App__DurationSeconds: "15", M3__App__KillsToWin: "1", M3__App__MaxHp: "20" },
};

/** What is tried of the demo. */
export class DemoSmoke {
  readonly #report: SmokeReport;
  // Not that of an earlier run, whose role may be there still.
  readonly #token = `smoke-${Date.now().toString(36)}`;

  constructor(report: SmokeReport) {
    this.#report = report;
  }

  /** Plays every mode of the demo's client. */
  async playModes(gates: Gates): Promise<void> {
    const options: PlayOptions = { gates, token: this.#token, ...many };
    for (const [name, mode] of Object.entries(modes)) {
      await this.#report.attempt(`mode ${name}`, async () => {
        const lines: string[] = [];
        await mode(options, (line) => lines.push(line));
        return lines;
      });
    }
  }

  /** Looks whether a role is as the modes left it. `when`: what has happened since. */
  async checkRole([gate]: Gates, when: string): Promise<void> {
    await this.#report.attempt(`a role ${when}`, async () => {
      const found = await untilOk(() => readRole(gate, this.#token));
      if (found.name !== "NewName" || found.power !== 1000) throw new Error(`it is ${JSON.stringify(found)}`);
      return found;
    });
  }
}

async function readRole(gate: string, token: string) {
  using player = await login(gate, token);
  const { roleDb } = await player.client.service(RoleSer).roleLogin({});
  return { name: roleDb?.name, power: roleDb?.power };
}

/** Tries again for a while: what an app had that died can't be had before its session is over. */
async function untilOk<T>(work: () => Promise<T>): Promise<T> {
  const endAt = performance.now() + patienceMs;
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (performance.now() > endAt) throw error;
      await delay(500);
    }
  }
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
