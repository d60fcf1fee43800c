import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test } from "vitest";

// The process logs, tells so on standard error, and stops when its input ends.
const program = `
  import { once } from "node:events";
  import { parseAppId, silentLogger, systemClock } from "m3game";
  import logPino from "@m3game/log-pino";
  const context = { app: parseAppId("a.b.c.d"), log: silentLogger, clock: systemClock, options: { Shape: {} }, resolvePath: (path) => path, health: () => ({}) };
  const log = await logPino.create(logPino.config.parse({}), context);
  log.logger.info("first");
  process.stderr.write("ready");
  process.stdin.resume();
  await once(process.stdin, "end");
  for (let index = 0; index < 100; index++) log.logger.info("more");
  log.logger.fatal("last");
  await log[Symbol.asyncDispose]();
  process.stderr.write(" done");
`;

function start() {
  const cwd = fileURLToPath(new URL("..", import.meta.url));
  const child = spawn(process.execPath, ["--input-type=module", "--eval", program], { cwd, stdio: "pipe" });
  onTestFinished(() => void child.kill("SIGKILL"));
  return child;
}

test("standard output gets JSON lines when it is no terminal", async () => {
  const child = start();
  child.stdin.end();
  const lines = (await text(child.stdout)).trimEnd().split("\n");
  expect(lines).toHaveLength(102);
  expect(JSON.parse(lines[101] ?? "")).toMatchObject({ level: "fatal", msg: "last" });
});

test("a reader that leaves neither ends the process nor holds its end up", async () => {
  const child = start();
  const errors = text(child.stderr);
  await once(child.stdout, "data");
  child.stdout.destroy();
  child.stdin.end();
  const [code] = await once(child, "exit");
  expect(await errors).toBe("ready done");
  expect(code).toBe(0);
});
