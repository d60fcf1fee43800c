import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { runM3 } from "../test/support/run-in-process.ts";

const commands = [
  ...[
    "run",
    "dev",
    "call",
    "plugins",
    "new",
    "bots",
    "apps",
    "actor",
    "leases",
    "sessions",
    "route",
    "trace",
    "canary",
  ],
  "help",
];

test("help lists the commands and fits 80 columns", async () => {
  const { code, stdout } = await runM3(["help"]);
  expect(code).toBe(0);
  for (const command of commands) expect(stdout).toContain(`  m3 ${command} `);
  expect(await runM3(["--help"])).toEqual({ code, stdout, stderr: "" });
  expect(await runM3(["-h"])).toEqual({ code, stdout, stderr: "" });
  expect(await runM3([])).toEqual({ code: 2, stdout: "", stderr: stdout });
});

test.each(commands)("help of %s, in two ways, fits 80 columns and ends with a line feed", async (command) => {
  const asked = await runM3(["help", command]);
  expect(asked.code).toBe(0);
  expect(asked.stdout).toContain(`m3 ${command}`);
  expect(await runM3([command, "--help"])).toEqual(asked);
  expect(asked.stdout.split("\n").filter((line) => line.length > 80)).toEqual([]);
  expect(asked.stdout.at(-1)).toBe("\n");
});

test("the version is that of the package", async () => {
  const { version } = JSON.parse(await readFile(new URL("../package.json", import.meta.url), "utf8"));
  expect(await runM3(["--version"])).toEqual({ code: 0, stdout: `${version}\n`, stderr: "" });
});

test.each([
  [
    ["walk"],
    "unknown command walk; there are run, dev, call, health, plugins, new, bots, apps, actor, leases, sessions, route, trace, canary, backup, restore, help",
    "m3 help",
  ],
  [["toString"], "unknown command toString", "m3 help"],
  [["help", "walk"], "there is no command walk", "m3 help help"],
  [["run"], "flag -idstr is missing", "m3 help run"],
  [["run", "-idstr", "a.b.c.d"], "which app?", "m3 help run"],
  [["run", "-idstr", "a.b.c.d", "a.ts", "b.ts"], "one app file, please; b.ts is too much", "m3 help run"],
  [["run", "a.ts", "-config", "a.toml"], 'unknown flag -config (did you mean "-conf"?)', "m3 help run"],
  [["dev"], "which cluster?", "m3 help dev"],
  [["dev", "a.ts", "b.ts"], "one cluster file, please; b.ts is too much", "m3 help dev"],
  [["dev", "--now", "a.ts"], "Unknown option '--now'", "m3 help dev"],
  [["call"], "which server?", "m3 help call"],
  [["call", "localhost"], "localhost is no HOST:PORT", "m3 help call"],
  [["call", "a:1", "b/c", "{"], "the request is no JSON", "m3 help call"],
  [["call", "a:1", "b/c", "{}", "d"], "put the JSON in single quotes; d is too much", "m3 help call"],
  [["call", "a:1", "b/c", "--timeout", "soon"], "--timeout soon is no number of milliseconds", "m3 help call"],
  [["call", "a:1", "b/c", "-H", "x"], "-H x is no KEY:VALUE", "m3 help call"],
  [["call", "a:1", "b/c", "-H", "a b:c"], "-H a b:c", "m3 help call"],
  [["call", "a:1", "b/c", "--ca", "no-such.pem"], "--ca no-such.pem can't be read", "m3 help call"],
])("wrong usage: m3 %j", async (argv, problem, pointer) => {
  const { code, stdout, stderr } = await runM3(argv);
  expect(code).toBe(2);
  expect(stdout).toBe("");
  expect(stderr).toContain(`m3: ${problem}`);
  expect(stderr.endsWith(`\nSee: ${pointer}\n`)).toBe(true);
});
