import { setTimeout as delay } from "node:timers/promises";
import { Measure } from "./measure.ts";
import { type Print, test1, test2 } from "./paths.ts";

export interface PlayOptions {
  /** Gates as `host:port`; players are spread over them. */
  readonly gates: readonly [string, ...string[]];
  /** Who plays; where many do, what their tokens begin with. */
  readonly token: string;
  /** How many players there are, where there are many. */
  readonly players: number;
  /** Over how many seconds their logins are spread. */
  readonly seconds: number;
}

/** Plays one mode; rejects when something is not as it should be. */
export type Mode = (options: PlayOptions, print: Print) => Promise<void>;

/** What the demo's client can do: the modes of the original's. */
export const modes: Readonly<Record<string, Mode>> = {
  Test1: ({ gates, token }, print) => test1(gates[0], token, print),
  Test2: ({ gates, token }, print) => test2(gates[0], token, print),

  /** Many players take the path of Test1, one after the other begins. */
  async MutilTest1({ gates, token, players, seconds }, print) {
    const paths = new Measure();
    const from = performance.now();
    const path = async (index: number) => {
      await delay((seconds * 1000 * index) / players);
      const gate = gates[index % gates.length] ?? gates[0];
      await paths.count(() => test1(gate, `${token}-${index}`, () => {}));
    };
    await Promise.all(Array.from({ length: players }, (_, index) => path(index)));
    for (const line of paths.report(performance.now() - from)) print(line);
    if (paths.failures > 0) throw new Error(`${paths.failures} of ${players} players failed`);
  },
};
