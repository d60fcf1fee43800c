import { expect, test } from "vitest";
import { Moves } from "./moves.ts";

test("knows the actors that move by what apps log, and passes the rest on", () => {
  const passed: string[] = [];
  const moves = new Moves({ write: (text) => void passed.push(text) });
  const from = performance.now();
  moves.write(
    '[demo.w.role.3] {"level":"debug","actor":"role/Role/7","pausedMs":12.5,"msg":"an actor has moved here"}\n',
  );
  moves.write("[demo.w.role.3] an actor has moved here\n");
  const [move, ...more] = moves.during(from, performance.now());
  expect(move).toMatchObject({ app: "demo.w.role.3", actor: "role/Role/7", pausedMs: 12.5 });
  expect(more).toEqual([]);
  expect(moves.during(from - 2, from - 1)).toEqual([]);
  expect(passed).toEqual(["[demo.w.role.3] an actor has moved here\n"]);
});
