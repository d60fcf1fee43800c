import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { GamePorts } from "./docs/game-ports.ts";
import { startInTerminal } from "./docs/terminal.ts";
import { root } from "./lib/root.ts";
import { runCommand } from "./lib/run-command.ts";
import { readWorkspace } from "./lib/workspace.ts";
import { writeHelloWorld } from "./pack/hello-world.ts";
import { packAll } from "./pack/pack-all.ts";

const minutes = 60_000;
const quiet: readonly string[] = ["--no-audit", "--no-fund", "--loglevel=error"];

/** A folder outside the checkout, with the packed packages installed and HelloWorld written and generated. */
let project = "";
let folder = "";
let tarballs: readonly string[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "m3game-packing-"));
  project = join(folder, "hello");
  await mkdir(project);
  await writeHelloWorld(project);
  tarballs = await packAll(join(folder, "tarballs"));
  await run("npm", "install", ...quiet, ...tarballs);
  await run("buf", "generate");
}, 4 * minutes);

afterAll(() => rm(folder, { recursive: true, force: true }));

/** Runs a program in the project and returns what it wrote to standard output. */
function run(command: string, ...args: readonly string[]): Promise<string> {
  return runIn(project, command, ...args);
}

async function runIn(cwd: string, command: string, ...args: readonly string[]): Promise<string> {
  const result = await runCommand(command, args, { cwd });
  expect(result.ok, `${command} ${args.join(" ")}\n${result.output}`).toBe(true);
  return result.stdout;
}

test("every package holds built code, licence and README, and neither tests nor sources", async () => {
  const published = readWorkspace(root).filter(({ manifest }) => manifest.private !== true);
  expect(published.length).toBeGreaterThan(5);
  for (const { name } of published) {
    const files = await readdir(join(project, "node_modules", name), { recursive: true });
    expect(files, name).toEqual(expect.arrayContaining(["LICENSE", "README.md", "package.json"]));
    expect(files.filter((file) => /^dist\/.*\.js$/.test(file)).length, name).toBeGreaterThan(0);
    const unwanted = files.filter(
      (file) => !/^(node_modules|template)\//.test(file) && /\.test\.|(?<!\.d)\.ts$/.test(file),
    );
    expect(unwanted, name).toEqual([]);
  }
});

test(
  "HelloWorld type-checks against the published types",
  async () => {
    // The project would have @types/node of its own; it takes the checkout's.
    await run("tsc", "-p", ".", "--typeRoots", join(root, "node_modules/@types"));
  },
  minutes,
);

test(
  "HelloWorld runs",
  async () => {
    expect(await run("node", "call.ts")).toBe("HelloWorld , x\n");
  },
  minutes,
);

test(
  "m3 runs HelloWorld with its config, and calls it",
  async () => {
    const m3 = join(project, "node_modules/.bin/m3");
    const args = ["run", "app.ts", "-idstr", "example.world1.simple.1", "-conf", "simple.toml"];
    const app = spawn(m3, args, { cwd: project, stdio: ["ignore", "pipe", "inherit"] });
    onTestFinished(() => void app.kill("SIGKILL"));
    const ended = once(app, "exit");
    const endpoint = await firstMatch(app.stdout, /^ *http2 +(\S+)$/);
    expect(JSON.parse(await run("npx", "m3", "call", endpoint, "proto.SimpleSer/HelloWorld", '{"req":"x"}'))).toEqual({
      rsp: "HelloWorld , x",
    });
    app.kill("SIGTERM");
    expect(await ended).toEqual([0, null]);
  },
  minutes,
);

test(
  "npm create m3game makes a game that is whole, and starts and ends as it should",
  async () => {
    await run("npm", "create", "m3game", "my-game");
    const game = join(project, "my-game");
    const inGame = (...args: readonly string[]) => runIn(game, "npm", ...args);
    await inGame("install", ...quiet, "--prefer-offline", ...tarballs);
    const generated = () => readFile(join(game, "gen/player_pb.js"), "utf8");
    const before = await generated();
    await inGame("run", "generate");
    expect(await generated()).toBe(before);
    for (const script of ["check", "test", "build"]) await inGame("run", script);

    const ports = await GamePorts.pick();
    await ports.enter(game);
    await using terminal = startInTerminal("npm start", game);
    const patience = { timeout: 2 * minutes };
    for (const line of ["player.1 is ready", "gate.1 is ready", ports.replace("http://localhost:5173/")]) {
      await expect.poll(() => terminal.output, patience).toContain(line);
    }
    terminal.write("\x03");
    expect(await terminal.exited, terminal.output).toBe(0);
    await expect.poll(() => ports.inUse(), patience).toEqual([]);
  },
  5 * minutes,
);

/** What the first line that matches has in its parentheses. */
function firstMatch(input: NodeJS.ReadableStream, pattern: RegExp): Promise<string> {
  const seen: string[] = [];
  return new Promise((resolve, reject) => {
    createInterface({ input })
      .on("line", (line) => {
        const found = pattern.exec(line)?.[1];
        if (found === undefined) seen.push(line);
        else resolve(found);
      })
      .on("close", () => reject(new Error(`The program ended without a line like ${pattern}:\n${seen.join("\n")}`)));
  });
}
