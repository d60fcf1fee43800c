import { once } from "node:events";
import { mkdir, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test, vi } from "vitest";
import { startCli, startProcess } from "./support/cli-process.ts";
import { type CommandResult, runM3 } from "./support/run-in-process.ts";
import { temporaryFolder } from "./support/temporary-folder.ts";

// Each starts processes, on a machine that may be busy.
vi.setConfig({ testTimeout: 60_000 });

const app = fileURLToPath(new URL("fixtures/quiet-app.ts", import.meta.url));
const id = "test.world1.talk.1";

/** Runs the talk app with a config that it can't start with. */
async function runWith(config: string): Promise<CommandResult & { file: string }> {
  const file = join(await temporaryFolder(), "talk.toml");
  await writeFile(file, config);
  return { file, ...(await runM3(["run", app, "-idstr", id, "-conf", file])) };
}

/** Runs an app file with this text. */
async function runText(text: string, name = "app.ts"): Promise<CommandResult & { file: string }> {
  const file = join(await temporaryFolder(), name);
  await writeFile(file, text);
  return { file, ...(await runM3(["run", file, "-idstr", id])) };
}

/** One line on standard error and nothing more. */
function line(text: string) {
  return `m3: ${text}\n`;
}

test("an older Node: one line says what is needed, before anything else is loaded", async () => {
  const older = 'Object.defineProperty(process.versions, "node", { value: "20.19.0" })';
  const main = fileURLToPath(new URL("../src/main.js", import.meta.url));
  const started = startProcess([process.execPath, "--import", `data:text/javascript,${older}`, main, "--version"]);
  expect(await started.exited).toBe(1);
  expect(started.output).toMatch(/^m3: this is Node 20\.19\.0, and 24 or newer is needed\. .*\n$/);
});

test("as a process: one line on standard error, its exit code, no stack", async () => {
  const started = startCli(["run", "no-such-app.ts", "-idstr", id]);
  expect(await started.exited).toBe(1);
  expect(started.output).toMatch(/^m3: app file no-such-app\.ts does not exist \(looked for \/.*no-such-app\.ts\)\n$/);
});

test("a port in use", async () => {
  const server = createServer().listen(0, "127.0.0.1");
  onTestFinished(() => void server.close());
  await once(server, "listening");
  const address = server.address();
  const port = typeof address === "object" ? address?.port : undefined;
  for (const trans of ["trans_http2", "trans_tcp"]) {
    const { code, stderr } = await runWith(`[[Plugin.Trans.${trans}]]\nPort = ${port}`);
    expect(code).toBe(1);
    expect(stderr).toContain(`127.0.0.1:${port} is in use`);
    expect(stderr.trimEnd()).not.toContain("\n");
  }
});

test("a wrong config names file, key and the nearest known one", async () => {
  const { code, stderr, file } = await runWith("[Options.Rpc]\nTimeoutMS = 3\n");
  expect(code).toBe(1);
  expect(stderr).toContain(`m3: ${file}: Options.Rpc.TimeoutMS`);
  expect(stderr).toContain("TimeoutMs");
});

test("a wrong variable is named instead of the file", async () => {
  const { code, stderr } = await runM3(["run", app, "-idstr", id, "-env", "M3__Options__Rpc__TimeoutMs=soon"]);
  expect(code).toBe(1);
  expect(stderr).toContain("M3__Options__Rpc__TimeoutMs");
});

test("a plugin that is not installed says what to install", async () => {
  const { code, stderr } = await runWith("[[Plugin.Router.router_zookeeper]]\n");
  expect(code).toBe(1);
  expect(stderr).toContain("or npm i @m3game/router-zookeeper\n");
});

test("a plugin under the wrong kind says where it belongs", async () => {
  const { code, stderr } = await runWith("[[Plugin.Router.trans_tcp]]\n");
  expect(code).toBe(1);
  expect(stderr).toContain("trans_tcp is a trans plugin; it belongs under Plugin.Trans");
});

test("a config file that is not there", async () => {
  const { code, stderr } = await runM3(["run", app, "-idstr", id, "-conf", "no-such.toml"]);
  expect(code).toBe(1);
  expect(stderr).toContain("config file no-such.toml does not exist");
});

test.each([
  ["a.b.c", "has 3 parts: write env.world.func.ins"],
  ["a.b.c.d.e", "has 5 parts: write env.world.func.ins"],
  ["a.b..d", 'func is ""'],
  ["a.b.c d.1", 'func is "c d"'],
])("the malformed id %s is wrong usage", async (malformed, problem) => {
  const { code, stderr } = await runM3(["run", app, "-idstr", malformed]);
  expect(code).toBe(2);
  expect(stderr).toContain(problem);
  expect(stderr).toContain("See: m3 help run\n");
});

test("an id of another function", async () => {
  const { code, stderr } = await runM3(["run", app, "-idstr", "test.world1.walk.1"]);
  expect(code).toBe(1);
  expect(stderr).toContain("write test.world1.talk.1");
});

test.each([
  ["export const app = 1;", "has no default export"],
  ["export default { func: 'talk' };", "has a default export that is no app"],
  ["export default 1;", "has a default export that is no app"],
])("an app file without an app: %s", async (text, problem) => {
  const { code, stderr, file } = await runText(text);
  expect(code).toBe(1);
  expect(stderr).toBe(line(`app file ${file} ${problem}: write export default defineApp({ func: "…", servers: […] })`));
});

// As a process: vitest would load the files in its own way.
test.each([
  ["throw new TypeError('no way');", /can't be loaded: TypeError: no way \(FILE:1:7\)\n$/],
  ["let x: = 3;", /can't be loaded: SyntaxError: .* \(FILE:1\)\n$/],
  ['import "./gen/simple_pb.js";', /can't be loaded: Error: Cannot find module .*simple_pb\.js' imported from FILE\n$/],
])("an app file that can't be loaded says why and where: %s", async (text, problem) => {
  const file = join(await temporaryFolder(), "app.ts");
  await writeFile(file, text);
  const started = startCli(["run", file, "-idstr", id]);
  expect(await started.exited).toBe(1);
  expect(started.output.replaceAll(file, "FILE")).toMatch(problem);
  expect(started.output.trimEnd()).not.toContain("\n");
});

test("a package that is no plugin is named", async () => {
  const folder = await temporaryFolder();
  const modules = join(folder, "inner/node_modules/@m3game/router-odd");
  await mkdir(modules, { recursive: true });
  await writeFile(
    join(modules, "package.json"),
    '{ "name": "@m3game/router-odd", "type": "module", "exports": "./x.js" }',
  );
  await writeFile(join(modules, "x.js"), "export default { name: 'router_odd' };");
  await writeFile(join(folder, "inner/app.ts"), `export { default } from ${JSON.stringify(app)};`);
  const env = "M3__Plugin__Router__router_odd__Host=here";
  const { code, stderr } = await runM3(["run", join(folder, "inner/app.ts"), "-idstr", id, "-env", env]);
  expect(code).toBe(1);
  expect(stderr).toBe(line("package @m3game/router-odd: its default export is no plugin made by definePlugin"));
});

test("an error of another kind is named, and its stack shown on request", async () => {
  const text = "export default { func: 'talk', servers: [], onInit: () => { null.x } };";
  const { stderr, file } = await runText(text, "app.js");
  expect(stderr).toMatch(/^m3: TypeError: Cannot read .*\nM3_DEBUG=1 shows where it comes from\.\n$/);
  for (const options of [["--debug"], []]) {
    const { stderr } = await runM3(
      ["run", file, "-idstr", id, ...options],
      options.length > 0 ? {} : { M3_DEBUG: "1" },
    );
    expect(stderr).toContain("app.js:1:");
  }
});

test("a cluster that only its own process knows is told from an empty one", async () => {
  const file = join(await temporaryFolder(), "player.toml");
  await writeFile(file, '[[Plugin.Log.log_pino]]\nLogLevel = "WARN"\n');
  const { code, stdout, stderr } = await runM3(["apps", "-conf", file]);
  expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
  expect(stderr).toContain(`${file} names no router: its apps are known within their own process only`);
});
