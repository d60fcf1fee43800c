import { type ChildProcess, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { requireService } from "@m3game/testing";
import { readServiceAddresses } from "@m3game/testing/services";
import { describe, expect, onTestFinished, test } from "vitest";
import { root } from "./lib/root.ts";

const services = ["consul", "nats", "etcd", "redis"] as const;
const patience = { timeout: 60_000 };

// Ports and a world of its own, so that it disturbs nobody.
const freePorts = {
  M3__Plugin__Trans__trans_http2__Port: "0",
  M3__Plugin__Gate__gate_ws__Port: "0",
  M3__Plugin__Gate__gate_grpc__Port: "0",
  M3_PAGE_PORT: "0",
};

// Apps may start slowly, on a machine that may be busy.
const patientEnv = { M3__Options__Life__StageTimeoutMs: "60000" };

/** Starts `npm run cluster` without npm. */
function startCluster(...args: readonly string[]) {
  const child = spawn(process.execPath, ["scripts/cluster.ts", ...args], {
    cwd: root,
    env: { ...process.env, ...freePorts, ...patientEnv, M3_WORLD: `w${randomUUID().slice(0, 8)}` },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const exited = once(child, "close").then(([code, signal]) => code ?? signal);
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      output += text;
    });
  }
  onTestFinished(async () => {
    // Its processes end when it is gone.
    if (isRunning(child)) child.kill("SIGKILL");
    await exited;
  });
  return { child, exited, output: () => output };
}

function isRunning({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode === null && signalCode === null;
}

function exists(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

// Eighteen processes, on a machine that may be busy.
describe("npm run cluster", { timeout: 480_000 }, () => {
  const isThere = services.every((name) => readServiceAddresses()[name] !== undefined);
  if (process.env.CI) for (const name of services) requireService(name);

  test.skipIf(!isThere)(
    "-- --smoke plays every mode, also knows a role whose apps died, and leaves nothing",
    async () => {
      const { exited, output } = startCluster("--smoke");
      expect(await exited, output()).toBe(0);
      expect(output()).toContain("All is well.\n");
      for (const mode of ["Test1", "Test2", "MutilTest1", "Match", "Fight", "Soak"]) {
        expect(output()).toContain(`ok      mode ${mode} -> `);
      }
      expect(output()).toMatch(/role\.2\] ended by itself, SIGKILL; it is started again\n.*role\.2\] is back\n/s);
      expect(output()).toMatch(/^ok {6}a role whose apps have all died -> /m);
      const pids = [...output().matchAll(/^demo\.\S+ +process (\d+)$/gm)].map(([, pid]) => Number(pid));
      expect(pids.length).toBeGreaterThanOrEqual(10);
      expect(pids.filter(exists)).toEqual([]);
    },
  );

  test.skipIf(!isThere)("SIGTERM while it starts ends what has started", async () => {
    const { child, exited, output } = startCluster();
    await expect.poll(output, patience).toContain("Starting the processes");
    child.kill("SIGTERM");
    expect(await exited, output()).toBe(0);
    expect(output()).toContain("SIGTERM: finishing calls, then stopping");
  });
});
