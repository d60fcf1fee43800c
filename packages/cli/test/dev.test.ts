import { mkdir, mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test, vi } from "vitest";
import { RemoteServer } from "../src/index.ts";
import { type CliProcess, startCli } from "./support/cli-process.ts";
import { temporaryFolder } from "./support/temporary-folder.ts";

// Each starts processes, on a machine that may be busy.
vi.setConfig({ testTimeout: 60_000 });

const service = new URL("support/talk-service.ts", import.meta.url).href;

const appText = (greeting: string) => `
import { defineApp, multi } from "m3game";
import { TalkSer } from "${service}";

const say = ({ text }) => ({ text: "${greeting} " + text });
const nothing = { wait: say, hang: say, fail: say, reject: say, debug: say, headers: say };
export default defineApp({
  func: "talk",
  servers: [multi(TalkSer, { say, ...nothing })],
  onReady: ({ id }) => console.log(id.app + " has pid " + process.pid),
  onStop: ({ id }) => console.log(id.app + " stopped in order"),
});
`;

const clusterText = `
import app from "./app.ts";

export default [
  { app, id: "test.world1.talk.1", config: "talk.toml" },
  { app, id: "test.world1.talk.2", config: "[[Plugin.Trans.trans_http2]]\\nPort = 0\\n" },
];
`;

interface DevCluster {
  readonly dev: CliProcess;
  /** Writes a file beside the cluster file; returns where the output ended before. */
  change(name: string, text: string): Promise<number>;
}

/** A cluster and a page, with this config of Vite's. */
async function makeCluster(viteConfig = ""): Promise<string> {
  const folder = await temporaryFolder();
  await mkdir(join(folder, "web"));
  await writeFile(join(folder, "web/index.html"), "<title>A page</title>");
  await writeFile(join(folder, "web/vite.config.js"), viteConfig);
  await writeFile(join(folder, "app.ts"), appText("Hello"));
  await writeFile(join(folder, "talk.toml"), "[[Plugin.Trans.trans_http2]]\nPort = 0\n");
  await writeFile(join(folder, "cluster.ts"), clusterText);
  return folder;
}

async function startDev(argv: readonly string[] = []): Promise<DevCluster> {
  const folder = await makeCluster();
  return follow(startCli(["dev", join(folder, "cluster.ts"), ...argv]), folder);
}

async function startDevWithPage(): Promise<DevCluster> {
  const folder = await makeCluster("export default { server: { host: '127.0.0.1', port: 0 } };\n");
  const args = ["dev", join(folder, "cluster.ts"), "--page", join(folder, "web")];
  return follow(startCli(args, { env: { NO_COLOR: "1" } }), folder);
}

async function follow(dev: CliProcess, folder: string): Promise<DevCluster> {
  await dev.until(/talk\.2 is ready[\s\S]*try/);
  return {
    dev,
    async change(name, text) {
      const { length } = dev.output;
      // In one step: a file that is empty at first, for as long as this process is held up, would be a change of its own.
      await writeFile(join(folder, ".new"), text);
      await rename(join(folder, ".new"), join(folder, name));
      return length;
    },
  };
}

async function say(endpoint: string): Promise<unknown> {
  using server = new RemoteServer(endpoint);
  return await server.call("m3test.TalkSer/Say", { text: "you" });
}

test("runs all apps of the cluster file and prints for each a call to try; SIGTERM ends it: 0", async () => {
  const { dev } = await startDev();
  const endpoint = await dev.grpcEndpoint();
  expect(dev.output).toContain(`  try    m3 call ${endpoint} m3test.TalkSer/Say '{"text":"you","count":1}'\n`);
  expect(await say(endpoint)).toMatchObject({ text: "Hello you" });
  dev.signal("SIGTERM");
  expect(await dev.exited).toBe(0);
  for (const id of ["test.world1.talk.1", "test.world1.talk.2"]) expect(dev.output).toContain(`${id} stopped in order`);
});

test("a change of a source or a config ends the apps in order and starts them again", async () => {
  const { dev, change } = await startDev();
  const before = await change("app.ts", appText("Welcome"));
  await dev.until(/app\.ts changed: starting again\n[\s\S]*stopped in order[\s\S]*talk\.2 is ready/, before);
  expect(await say(await dev.grpcEndpoint(before))).toMatchObject({ text: "Welcome you" });

  const later = await change("talk.toml", "[Options.Rpc]\nTimeoutMs = 100\n\n[[Plugin.Trans.trans_http2]]\nPort = 0\n");
  await dev.until(/talk\.toml changed: starting again\n[\s\S]*talk\.2 is ready/, later);
  dev.signal("SIGINT");
  expect(await dev.exited).toBe(0);
});

test("a broken file is reported, and the next change tried", async () => {
  const { dev, change } = await startDev();
  const broken = await change("app.ts", "let x: = 3;");
  await dev.until(/m3: cluster file .* can't be loaded: SyntaxError: .*app\.ts:1\)\n/, broken);
  await dev.until(/ended with code 1; it is started again after the next change/, broken);
  const wrong = await change("app.ts", "export default 1;");
  await dev.until(/entry 1 is no \{ app, id, config \}[\s\S]*after the next change/, wrong);
  const mended = await change("app.ts", appText("Back"));
  await dev.until(/talk\.2 is ready/, mended);
  expect(await say(await dev.grpcEndpoint(mended))).toMatchObject({ text: "Back you" });

  await change("app.ts", "let x: = 3;");
  await dev.until(/after the next change/, mended);
  dev.signal("SIGTERM");
  expect(await dev.exited).toBe(1);
});

test("the apps stop in order when it is killed", async () => {
  const { dev } = await startDev();
  dev.signal("SIGKILL");
  // Their output is this test's as well: it ends when they have ended.
  expect(await dev.exited).toBe("SIGKILL");
  expect(dev.output).toContain("the parent process is gone");
  expect(dev.output).toContain("test.world1.talk.1 stopped in order");
});

test("--no-watch runs them in the process itself", async () => {
  const { dev } = await startDev(["--no-watch"]);
  const [, pid] = await dev.until(/talk\.1 has pid (\d+)/);
  expect(Number(pid)).toBe(dev.pid);
  dev.signal("SIGTERM");
  expect(await dev.exited).toBe(0);
});

/** The address of the page. */
async function pageOf(dev: CliProcess): Promise<string> {
  const [, url = ""] = await dev.until(/Local: +(http\S+)/);
  return url;
}

const isServed = async (url: string) =>
  fetch(url).then(
    () => true,
    () => false,
  );

test("--page serves a page beside the apps, whose changes start no app again, and ends with them", async () => {
  const { dev, change } = await startDevWithPage();
  const url = await pageOf(dev);
  expect(await (await fetch(url)).text()).toContain("<title>A page</title>");
  const before = await change("web/main.js", "export {};");
  await change("app.ts", appText("Welcome"));
  await dev.until(/app\.ts changed: starting again\n[\s\S]*talk\.2 is ready/, before);
  expect(dev.output).not.toContain("main.js");
  expect(await isServed(url)).toBe(true);
  dev.signal("SIGTERM");
  expect(await dev.exited).toBe(0);
  expect(await isServed(url)).toBe(false);
});

test("a page that can't be served ends all: 1", async () => {
  const folder = await makeCluster("throw new Error('no config');");
  const dev = startCli(["dev", join(folder, "cluster.ts"), "--page", join(folder, "web")]);
  expect(await dev.exited).toBe(1);
  expect(dev.output).toContain("no config");
  expect(dev.output).toContain("The page's server ended with code 1; so the apps are stopped.\n");
});

test("the page ends when m3 dev is killed", async () => {
  const { dev } = await startDevWithPage();
  const url = await pageOf(dev);
  dev.signal("SIGKILL");
  await dev.exited;
  await expect.poll(() => isServed(url), { timeout: 20_000 }).toBe(false);
});

test("without Vite there is no page, and the message says how to get it", async () => {
  const folder = await mkdtemp(join(tmpdir(), "m3game-no-vite-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  const dev = startCli(["dev", join(folder, "cluster.ts"), "--page", folder]);
  expect(await dev.exited).toBe(1);
  expect(dev.output).toContain(`${folder} is served by Vite, which is not installed there: npm install -D vite\n`);
});

test("--page without watching is wrong usage", async () => {
  const dev = startCli(["dev", "cluster.ts", "--page", "web", "--no-watch"]);
  expect(await dev.exited).toBe(2);
});

test.each([
  ["export default [];", "lists no apps: write export default [{ app, id, config }]"],
  ["export const apps = [];", "lists no apps"],
  ['import app from "./app.ts";\nexport default [{ app }];', "entry 1 is no { app, id, config }"],
  [
    'import app from "./app.ts";\nexport default [1, 2].map(() => ({ app, id: "e.w.talk.1" }));',
    "lists e.w.talk.1 more than once: give each app an id of its own",
  ],
  [
    'import app from "./app.ts";\nexport default [{ app, id: "test.world1.talk.1", config: "no.toml" }];',
    /config file .*no\.toml does not exist/,
  ],
  [
    'import app from "./app.ts";\nexport default [{ app, id: "test.world1.walk.1" }];',
    'app id "test.world1.walk.1" names the function walk',
  ],
])("a wrong cluster file: %s", async (text, problem) => {
  const folder = await temporaryFolder();
  await writeFile(join(folder, "app.ts"), appText("Hello"));
  await writeFile(join(folder, "cluster.ts"), text);
  const dev = startCli(["dev", join(folder, "cluster.ts"), "--no-watch"]);
  expect(await dev.exited).toBe(1);
  expect(dev.output).toMatch(problem);
});
