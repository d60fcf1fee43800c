import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { join } from "node:path";
import { expect, onTestFinished, test, vi } from "vitest";
import { startInTerminal } from "./docs/terminal.ts";
import { root } from "./lib/root.ts";
import { runCommand } from "./lib/run-command.ts";

// Each starts processes, on a machine that may be busy.
vi.setConfig({ testTimeout: 240_000 });

const instances = ["simple.1", "multi.1", "async.1", "actor.1", "actor.2", "gate.1"];

// What `npm start` and `npm run examples` are.
const programs = ["scripts/start.ts", "scripts/examples.ts"];

// Any free ports instead of the usual ones, so that a test disturbs nobody who tries them.
const freePorts = {
  M3__Plugin__Trans__trans_http2__Port: "0",
  M3__Plugin__Gate__gate_ws__Port: "0",
  M3__Plugin__Gate__gate_grpc__Port: "0",
  M3_PAGE_PORT: "0",
};

// Nor anybody who has data there.
const ownStore = { M3__Plugin__DB__db_sqlite__File: ":memory:" };

const allReady = "Ctrl-C stops them.";

interface Running {
  readonly child: ChildProcess;
  output(): string;
  /** Resolves when all apps are ready; rejects when it ends before. */
  readonly ready: Promise<void>;
  readonly exited: Promise<number | NodeJS.Signals>;
}

/** Starts a program that runs apps, in a process group of its own that ends with the test at the latest. */
function start(program: string, ...args: readonly string[]): Running {
  const child = spawn(program, args, {
    cwd: root,
    env: { ...process.env, ...freePorts, ...ownStore },
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
  });
  const exited = once(child, "close").then(([code, signal]) => code ?? signal);
  onTestFinished(async () => {
    if (child.pid !== undefined && child.exitCode === null && child.signalCode === null) process.kill(-child.pid, 9);
    await exited;
  });
  let output = "";
  const { promise: ready, resolve, reject } = Promise.withResolvers<void>();
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      output += text;
      if (output.includes(allReady)) resolve();
    });
  }
  exited.then(() => reject(new Error(`it ended early:\n${output}`)));
  return { child, output: () => output, ready, exited };
}

test("npm run examples prints of each example its id, its addresses and a call to try", async () => {
  const { child, output, ready, exited } = start("npm", "run", "examples");
  await ready;
  for (const instance of instances) {
    const id = `example.world1.${instance}`;
    const call = `npm run m3 -- call 127\\.0\\.0\\.1:\\d+ proto\\.\\w+Ser/\\w+ '.*'`;
    expect(output()).toMatch(
      new RegExp(
        `${id} is ready\n {2}http2 {2}127\\.0\\.0\\.1:\\d+\n(?: {2}(?:tcp|grpc|ws) .*\n)* {2}try {4}${call}\n`,
      ),
    );
  }
  child.kill("SIGTERM");
  await exited;
  expect(output()).toContain("SIGTERM: finishing calls, then stopping");
});

test("npm start serves the page; SIGTERM ends the demo in order", async () => {
  const { child, output, ready, exited } = start("npm", "start");
  await ready;
  const [, page = ""] = /^ {2}Play: {2}(http:\/\/127\.0\.0\.1:\d+)$/m.exec(output()) ?? [];
  expect(await (await fetch(page)).text()).toContain("<title>M3 Arena</title>");
  expect(await (await fetch(`${page}/gates.json`)).json()).toHaveLength(2);
  child.kill("SIGTERM");
  // npm's own code says only that it got a signal; its output ends when the apps have ended.
  await exited;
  expect(output()).toContain("SIGTERM: finishing calls, then stopping");
  expect(output()).not.toContain("what still ran");
});

test("Ctrl-C in a terminal ends npm start with 0", async () => {
  await using terminal = startInTerminal("npm start", root, { ...freePorts, ...ownStore });
  await expect.poll(() => terminal.output, { timeout: 120_000 }).toContain(allReady);
  terminal.write("\x03");
  expect(await terminal.exited, terminal.output).toBe(0);
  expect(terminal.output).toContain("SIGINT: finishing calls, then stopping");
  expect(terminal.output).not.toContain("what still ran");
});

test.each(programs)("%s: a Ctrl-C that arrives once more while the process exits changes nothing", async (program) => {
  const { child, output, ready, exited } = start(process.execPath, program);
  await ready;
  // After a second it would be a request of its own. On a busy machine the apps may take longer than that to end.
  const until = performance.now() + 700;
  const again = setInterval(() => performance.now() < until && child.kill("SIGINT"), 1);
  expect(await exited.finally(() => clearInterval(again))).toBe(0);
  expect(output()).toContain("SIGINT: finishing calls, then stopping");
});

test("npm start -- --smoke plays every mode, starts again and ends with 0", async () => {
  const { ok, output } = await runCommand("npm", ["start", "--", "--smoke"], { env: freePorts });
  expect(output).toContain("All is well.\n");
  expect(output).not.toMatch(/^failed/m);
  expect(ok).toBe(true);
  for (const mode of ["Test1", "Test2", "MutilTest1", "Match", "Fight", "Soak"])
    expect(output).toContain(`ok      mode ${mode} -> `);
  expect(output).toContain('ok      a role after a restart of all apps -> {"name":"NewName","power":1000}\n');
});

test("npm run examples -- --smoke calls everything and ends with 0", async () => {
  const { ok, output } = await runCommand("npm", ["run", "examples", "--", "--smoke"], { env: freePorts });
  expect(output).toContain("All is well.\n");
  expect(output).not.toMatch(/^failed/m);
  expect(ok).toBe(true);
  const methods = ["SimpleSer/HelloWorld", "MultiSer/Hello", "MultiSer/TraceHello", "MultiSer/BreakHello"];
  const channel = ["AsyncSer/TransChannel", "AsyncSer/SSPullChannel", "ActorSer/PostChannel", "ActorSer/PullChannel"];
  const player = ["Register", "Kick"].map((name) => `ActorRegSer/${name}`);
  const own = ["Login", "GetInfo", "LvUp", "ModifyName"].map((name) => `ActorSer/${name}`);
  const world = ["CreateEntity", "MoveEntity", "ViewEntity", "ViewPosition"].map((name) => `WorldSer/${name}`);
  for (const method of [...methods, ...channel, ...player, ...own, ...world]) {
    expect(output).toContain(`ok      proto.${method} {`);
  }
  for (const end of ["RATE_LIMITED", "BREAKER_OPEN", "OK"]) {
    expect(output).toMatch(new RegExp(`^ok {6}proto.MultiSer/BreakHello .* until ${end} -> `, "m"));
  }
  for (const protocol of ["ws", "grpc", "legacy"]) {
    for (const mode of ["Hello", "Trace", "Break", "ActorCommon", "ActorBroadCast", "ActorMove"]) {
      expect(output).toContain(`ok      mode ${mode} over ${protocol} -> `);
    }
    expect(output).toContain(`ok      mode ActorCommon over ${protocol} -> "push -> Exited"`);
  }
  const spans = output.matchAll(/^\{"time":.*"span":"proto.MultiSer\/TraceHello","kind":"(\w+)".*"trace_id":"(\w+)"/gm);
  const traces = [...Map.groupBy(spans, ([, , trace]) => trace).values()];
  // A call of a client that is no app has one side.
  expect(traces.map((trace) => trace.map(([, kind]) => kind).toSorted())).toContainEqual(["client", "server"]);
  expect(output).toMatch(/^ok {6}proto.ActorSer\/Login after a restart of .*"level":2/m);
});

test.each([
  ["scripts/start.ts", 32_414],
  ["scripts/examples.ts", 20_051],
])("%s: a port in use: one clear line, and 1", async (program, port) => {
  const server = createServer().listen(port, "127.0.0.1");
  onTestFinished(() => void server.close());
  // Whoever has it, it is in use.
  await once(server, "listening").catch(() => {});
  for (const args of [[], ["--smoke"]]) {
    const { ok, output } = await runCommand("node", [program, ...args], { env: { M3_PAGE_PORT: "0" } });
    expect(ok).toBe(false);
    expect(output).toMatch(new RegExp(`^127\\.0\\.0\\.1:${port} is in use: .*\n$`));
  }
});

test("the page's port in use: the line names the variable for another", async () => {
  const server = createServer().listen(0, "127.0.0.1");
  onTestFinished(() => void server.close());
  await once(server, "listening");
  const { port = 0 } = Object(server.address());
  const { ok, output } = await runCommand("node", ["scripts/start.ts"], { env: { M3_PAGE_PORT: String(port) } });
  expect(ok).toBe(false);
  expect(output).toMatch(new RegExp(`^127\\.0\\.0\\.1:${port} is in use: .*M3_PAGE_PORT\n$`));
});

test.each(programs)("%s: an unknown argument is wrong usage", async (program) => {
  const { child, output, ready, exited } = start(process.execPath, join(root, program), "--fire");
  ready.catch(() => {});
  expect(await exited).toBe(2);
  expect(child.exitCode).toBe(2);
  expect(output()).toMatch(/^Unknown argument: --fire\.\n\nnpm (start|run examples) \[-- --smoke\]\n/);
});
