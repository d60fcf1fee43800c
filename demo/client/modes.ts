import { setTimeout as delay } from "node:timers/promises";
import { fight, match } from "./fight-modes.ts";
import { Measure } from "./measure.ts";
import { gateOf, type Mode } from "./mode.ts";
import { test1, test2 } from "./paths.ts";
import { soak } from "./soak.ts";

/** Many players take the path of Test1, one after the other begins. */
const mutilTest1: Mode = async (options, print) => {
  const { token, players, seconds } = options;
  const paths = new Measure();
  const from = performance.now();
  const path = async (index: number) => {
    await delay((seconds * 1000 * index) / players);
    await paths.count(() => test1(gateOf(options, index), `${token}-${index}`, () => {}));
  };
  await Promise.all(Array.from({ length: players }, (_, index) => path(index)));
  for (const line of paths.report(performance.now() - from)) print(line);
  if (paths.failures > 0) throw new Error(`${paths.failures} of ${players} players failed`);
};

/** What the demo's client can do: the modes of the original's, and what came after them. */
export const modes: Readonly<Record<string, Mode>> = {
  Test1: ({ gates, token }, print) => test1(gates[0], token, print),
  Test2: ({ gates, token }, print) => test2(gates[0], token, print),
  MutilTest1: mutilTest1,
  Match: match,
  Fight: fight,
  Soak: soak,
};
