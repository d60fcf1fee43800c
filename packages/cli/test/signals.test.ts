import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test, vi } from "vitest";
import { RemoteServer } from "../src/index.ts";
import { type CliOptions, type CliProcess, startCli } from "./support/cli-process.ts";
import { temporaryFolder } from "./support/temporary-folder.ts";

// Each starts processes, on a machine that may be busy.
vi.setConfig({ testTimeout: 60_000 });

const app = fileURLToPath(new URL("fixtures/app.ts", import.meta.url));
const config = `
[Options.Life]
DrainTimeoutMs = 60000

[[Plugin.Trans.trans_http2]]
Port = 0
`;

/** Runs the talk app and resolves once it is ready. */
async function startTalk(options: CliOptions = {}): Promise<{ app: CliProcess; endpoint: string; configFile: string }> {
  const configFile = join(await temporaryFolder(), "talk.toml");
  await writeFile(configFile, config);
  const started = startCli(["run", app, "-idstr", "test.world1.talk.1", "-conf", configFile], options);
  return { app: started, endpoint: await started.grpcEndpoint(), configFile };
}

async function call(endpoint: string, method: string, text = "you"): Promise<unknown> {
  using server = new RemoteServer(endpoint, { timeoutMs: 15_000 });
  return await server.call(`m3test.TalkSer/${method}`, { text });
}

test.each(["SIGTERM", "SIGINT"] as const)("%s finishes calls that run, then stops: 0", async (signal) => {
  const { app, endpoint } = await startTalk();
  const answer = call(endpoint, "Wait", "patience");
  await app.until(/waiting for input/);
  app.signal(signal);
  await app.until(/finishing calls/);
  app.write("go on\n");
  expect(await answer).toMatchObject({ text: "patience" });
  expect(await app.exited).toBe(0);
  expect(app.output).toContain("stopped in order");
});

test("the same signal twice, as a child of npm gets it, is one: 0", async () => {
  const { app } = await startTalk();
  app.signal("SIGINT");
  app.signal("SIGINT");
  expect(await app.exited).toBe(0);
  expect(app.output).toContain("stopped in order");
});

test("a signal more than a second later ends at once, with a report: 143", async () => {
  const { app, endpoint } = await startTalk();
  const answer = call(endpoint, "Hang").catch(() => "lost");
  await app.until(/hanging/);
  app.signal("SIGTERM");
  await app.until(/finishing calls/);
  // Not to wait for something: it has to come later than a second, also at a process that was busy by then. So it comes again.
  const again = setInterval(() => app.signal("SIGTERM"), 1100);
  onTestFinished(() => clearInterval(again));
  expect(await app.exited).toBe(143);
  expect(app.output).toContain("what still ran:\n  test.world1.talk.1 draining, 1 calls\n");
  expect(app.output).not.toContain("stopped in order");
  expect(await answer).toBe("lost");
});

test("Ctrl-C in a terminal stops it: 0", async () => {
  const { app } = await startTalk({ terminal: true });
  app.write("\x03");
  expect(await app.exited).toBe(0);
  expect(app.output).toContain("SIGINT: finishing calls");
  expect(app.output).toContain("stopped in order");
});

test("SIGHUP without a terminal reads the config again", async () => {
  const { app, endpoint, configFile } = await startTalk();
  await call(endpoint, "Debug");
  await writeFile(configFile, `${config}[[Plugin.Log.log_pino]]\nLogLevel = "DEBUG"\n`);
  app.signal("SIGHUP");
  await app.until(/config reloaded/);
  expect(app.output).not.toContain("a line at level debug");
  await call(endpoint, "Debug");
  await app.until(/a line at level debug/);

  await writeFile(configFile, `${config}[[Plugin.Log.log_pino]]\nLogLevels = "INFO"\n`);
  app.signal("SIGHUP");
  const [refusal] = await app.until(/reload refused, nothing has changed: .*/);
  expect(refusal).toContain(configFile);
  expect(refusal).toContain("LogLevels");
  expect(await call(endpoint, "Say")).toEqual({ text: "Hello you", count: "0" });

  await writeFile(configFile, `${config}[Options.Rpc]\nTimeoutMs = 100\n`);
  app.signal("SIGHUP");
  const [restart] = await app.until(/.*need a restart.*/);
  expect(restart).toContain("Options.Rpc");
  app.signal("SIGTERM");
  expect(await app.exited).toBe(0);
});

test("SIGHUP with a terminal stops it: 0", async () => {
  const { app } = await startTalk({ terminal: true });
  const [, pid] = await app.until(/pid (\d+)/);
  process.kill(Number(pid), "SIGHUP");
  expect(await app.exited).toBe(0);
  expect(app.output).toContain("stopped in order");
});

test("an app whose terminal went away stops in order", async () => {
  const stopFile = join(await temporaryFolder(), "stopped");
  const { app } = await startTalk({ terminal: true, env: { M3_TEST_STOP_FILE: stopFile } });
  await app.until(/pid \d+/);
  // The terminal itself: what runs in it gets a SIGHUP and can't print any more.
  app.signal("SIGKILL");
  await expect.poll(() => existsSync(stopFile)).toBe(true);
});

test("SIGUSR2 takes it out of service and keeps the process", async () => {
  const { app, endpoint } = await startTalk();
  app.signal("SIGUSR2");
  await app.until(/SIGUSR2: out of the registry/);
  await expect(call(endpoint, "Say")).rejects.toThrow();
  app.signal("SIGTERM");
  expect(await app.exited).toBe(0);
  expect(app.output).toContain("stopped in order");
});

test("a stop during the start: 0", async () => {
  const app = startTalkSlowly();
  await app.until(/initializing/);
  app.signal("SIGTERM");
  expect(await app.exited).toBe(0);
  expect(app.output).not.toContain("is ready");
});

function startTalkSlowly(): CliProcess {
  return startCli(["run", app, "-idstr", "test.world1.talk.1"], { env: { M3_TEST_SLOW_START: "1" } });
}

test("an error that nobody caught is logged as fatal and ends it: 1", async () => {
  const { app, endpoint } = await startTalk();
  await call(endpoint, "Reject").catch(() => {});
  expect(await app.exited).toBe(1);
  expect(app.output).toContain("unhandled rejection: Error: nobody cares\n    at ");
  expect(app.output).toMatch(/"level":"fatal".*"msg":"unhandled rejection"/);
});
