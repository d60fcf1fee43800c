import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { afterEach, expect, test } from "vitest";
import { endProcess, findProcess, isRunning } from "./processes.ts";

let child: ChildProcess | undefined;

afterEach(() => child?.kill("SIGKILL"));

async function startChild(program = "setInterval(() => {}, 1000)"): Promise<number> {
  child = spawn(process.execPath, ["-e", `${program}; console.log("ready")`], { stdio: ["ignore", "pipe", "inherit"] });
  if (child.stdout === null || child.pid === undefined) throw new Error("the child did not start");
  await once(child.stdout, "data");
  return child.pid;
}

test("a process is known by its id and the time it started", async () => {
  const id = findProcess(await startChild());
  if (id === undefined) throw new Error("the child is not found");
  expect(isRunning(id)).toBe(true);
  expect(isRunning({ ...id, startTime: "1" })).toBe(false);
});

test("ending waits until the process is gone, and does nothing to one that is", async () => {
  const id = findProcess(await startChild());
  if (id === undefined) throw new Error("the child is not found");
  await endProcess(id);
  expect(isRunning(id)).toBe(false);
  expect(findProcess(id.pid)).toBeUndefined();
  await endProcess(id);
});

test("a process that is not the one meant is left alone", async () => {
  const pid = await startChild();
  await endProcess({ pid, startTime: "1" });
  expect(findProcess(pid)).toBeDefined();
});

test("a process that ignores SIGTERM is killed", async () => {
  const id = findProcess(await startChild("process.on('SIGTERM', () => {}); setInterval(() => {}, 1000)"));
  if (id === undefined || child === undefined) throw new Error("the child is not found");
  const exited = once(child, "exit");
  await endProcess(id, 50);
  expect(await exited).toEqual([null, "SIGKILL"]);
});
