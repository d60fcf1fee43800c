import { expect, test } from "vitest";
import { findings, runSteps } from "./step.ts";

async function linesOf(...steps: Parameters<typeof runSteps>[0]): Promise<{ code: number; lines: readonly string[] }> {
  const lines: string[] = [];
  const code = await runSteps(steps, (line) => lines.push(line.replace(/\d+\.\d s/, "0.0 s")));
  return { code, lines };
}

test("steps that pass show their names and notes only", async () => {
  const step = { name: "a", run: async () => ({ ok: true, output: "noise", note: "skipped" }) };
  expect(await linesOf(step)).toEqual({ code: 0, lines: ["ok   a (0.0 s): skipped", "All 1 checks passed."] });
});

test("a step that fails shows what it found", async () => {
  const { code, lines } = await linesOf(
    { name: "a", run: findings(() => ["one", "two"]) },
    { name: "b", run: findings(() => []) },
  );
  expect(code).toBe(1);
  expect(lines).toEqual(expect.arrayContaining(["FAIL a (0.0 s)", "     one\n     two", "ok   b (0.0 s)"]));
  expect(lines.at(-1)).toBe("1 of 2 checks failed.");
});

test("a step that throws fails", async () => {
  const { code, lines } = await linesOf({ name: "a", run: () => Promise.reject(new Error("broken")) });
  expect(code).toBe(1);
  expect(lines[1]).toContain("broken");
});
