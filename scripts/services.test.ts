import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { expect, test } from "vitest";

function run(...args: string[]) {
  return spawnSync(process.execPath, [join(import.meta.dirname, "services.ts"), ...args], { encoding: "utf8" });
}

test("help goes to stdout and succeeds", () => {
  const { status, stdout } = run("--help");
  expect(status).toBe(0);
  expect(stdout).toContain("up|down|status");
});

test.each([[[]], [["fly"]], [["up", "oracle"]]])("%j is wrong usage", (args) => {
  const { status, stderr } = run(...args);
  expect(status).toBe(2);
  expect(stderr).toContain("up|down|status");
  for (const word of args.slice(-1)) expect(stderr).toContain(word);
});

test("status lists the services asked for, and exits 0 only when they are up", () => {
  const { status, stdout } = run("status", "redis");
  expect(stdout).toMatch(/^redis +(up|down|silent)/m);
  expect(stdout).not.toMatch(/^nats/m);
  expect(status).toBe(/^redis +up/m.test(stdout) ? 0 : 1);
});

test("tools are no servers: status says whether it is there", () => {
  for (const tool of ["chromium", "prometheus", "etcdctl"]) {
    const { status, stdout } = run("status", tool);
    expect(stdout).toMatch(new RegExp(`^${tool} +(there|missing)`, "m"));
    expect(status).toBe(stdout.includes(" there ") ? 0 : 1);
  }
});
