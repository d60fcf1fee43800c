import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import gateApp from "@m3game/examples/gateapp/app";
import multiApp from "@m3game/examples/multiapp/app";
import { gateWs } from "@m3game/gate-ws";
import { startCluster } from "m3game";
import { afterEach, expect, onTestFinished, test, vi } from "vitest";

const root = fileURLToPath(new URL("../../..", import.meta.url));
const page = await readFile(join(root, "docs/client.md"), "utf8");
const programs = [...page.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, code = ""]) => code);
const address = "127.0.0.1:20035";

afterEach(() => void vi.restoreAllMocks());

test.each(programs.map((code, index) => [index, code] as const))(
  "program %i of docs/client.md runs",
  async (_index, code) => {
    const gate = { app: gateApp, id: "example.world1.gate.1", plugins: [gateWs], config: "[[Plugin.Gate.gate_ws]]\n" };
    await using cluster = await startCluster([{ app: multiApp, id: "example.world1.multi.1" }, gate]);
    const { endpoint = "" } = cluster.app(gate.id).endpoints.find(({ scheme }) => scheme === "ws") ?? {};
    expect(code).toContain(address);
    // Beside the examples, so that imports mean the same as in an app there.
    const folder = await mkdtemp(join(root, "examples/.docs-client-"));
    onTestFinished(() => rm(folder, { recursive: true }));
    const file = join(folder, "program.ts");
    await writeFile(file, code.replaceAll(address, endpoint));
    const lines: string[] = [];
    vi.spyOn(console, "log").mockImplementation((...words) => void lines.push(words.join(" ")));
    await import(file);
    const [, wanted] = /; \/\/ (PlayerID.*)$/m.exec(code) ?? [];
    if (wanted !== undefined) expect(lines).toEqual([wanted]);
  },
);

test("there are programs", () => {
  expect(programs.length).toBeGreaterThanOrEqual(3);
});
