import { mkdir, mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createManualClock } from "@m3game/testing";
import { beforeEach, describe, expect, onTestFinished, test, vi } from "vitest";
import { z } from "zod";
import { failure } from "../../test/support/cluster.ts";
import { RecordingLog } from "../../test/support/recording-log.ts";
import { resolveAppConfig } from "../config/app-config.ts";
import { parseConfig } from "../config/source.ts";
import { jsonResource } from "./json-resource.ts";
import { defineResource, type Resource } from "./resource.ts";
import { ResourceStore } from "./resource-store.ts";

const a = defineResource({ name: "a", file: "a.json", parse: jsonResource(z.number()) });
const b = defineResource({ name: "b", file: "sub/b.json", parse: jsonResource(z.number()) });

let folder: string;
let log: RecordingLog;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "m3game-resources-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  log = new RecordingLog();
  await mkdir(join(folder, "cfg", "sub"), { recursive: true });
  await write("a.json", "1");
  await write("sub/b.json", "1");
});

/** Writes a file of the resource folder in one step, as a deployment should. */
async function write(file: string, text: string): Promise<void> {
  await writeFile(join(folder, "new"), text);
  await rename(join(folder, "new"), join(folder, "cfg", file));
}

async function open(
  resources: readonly Resource[] = [a, b],
  { options = 'CfgPath = "cfg"', clock = createManualClock() } = {},
): Promise<ResourceStore> {
  const config = resolveAppConfig(parseConfig(`[[Options.Resource]]\n${options}\n`, join(folder, "app.toml")));
  const store = await ResourceStore.open({ resources, config, clock, log: log.logger() });
  onTestFinished(() => store[Symbol.asyncDispose]());
  return store;
}

function valuesOf({ current }: ResourceStore): [number, number] {
  return [current.resource(a), current.resource(b)];
}

describe("opening", () => {
  test("loads all, from the folder beside the config file", async () => {
    expect(valuesOf(await open())).toEqual([1, 1]);
  });

  test("takes an absolute folder as it is", async () => {
    const store = await open([a], { options: `CfgPath = '${join(folder, "cfg")}'` });
    expect(store.current.resource(a)).toBe(1);
  });

  test("rejects with all that is wrong", async () => {
    await write("a.json", "[]");
    await rm(join(folder, "cfg", "sub"), { recursive: true });
    const [fileA, fileB] = [join(folder, "cfg", "a.json"), join(folder, "cfg", "sub", "b.json")];
    expect(await failure(open())).toMatchObject({
      reason: "CONFIG_INVALID",
      message: [
        `${fileA}:1:1: $: found a list of 0 entries; allowed: a number`,
        `${fileB}: there is no such file; check CfgPath of [[Options.Resource]], which is relative to the config file (resource b)`,
      ].join("\n"),
    });
  });

  test("without a folder says where to write it, unless there is nothing to load", async () => {
    expect(await failure(open([a], { options: "" }))).toMatchObject({
      reason: "CONFIG_INVALID",
      message: `${join(folder, "app.toml")}: Options.Resource.CfgPath: found nothing; the app loads the resource a: write the folder of a.json, relative to the config file`,
    });
    await open([], { options: "" });
  });

  test("refuses two resources of one name", async () => {
    const other = defineResource({ name: "a", file: "other.json", parse: (text) => text });
    expect(await failure(open([a, other]))).toMatchObject({
      reason: "CONFIG_INVALID",
      message: "the app lists two resources of the name a; rename or remove one",
    });
  });
});

describe("a reload", () => {
  test("replaces the set as a whole; who has the old one keeps it", async () => {
    const store = await open();
    const old = store.current;
    await write("a.json", "2");
    await store.reload();
    expect(valuesOf(store)).toEqual([2, 1]);
    expect(old.resource(a)).toBe(1);
  });

  test("with anything wrong changes nothing, and the next one works", async () => {
    const store = await open();
    const old = store.current;
    await write("a.json", "2");
    await write("sub/b.json", '"x"');
    expect(await failure(store.reload())).toMatchObject({
      reason: "CONFIG_INVALID",
      message: `${join(folder, "cfg", "sub", "b.json")}:1:1: $: found "x"; allowed: a number`,
    });
    expect(store.current).toBe(old);
    await write("sub/b.json", "2");
    await store.reload();
    expect(valuesOf(store)).toEqual([2, 2]);
  });

  test("that is asked for while another runs sees what was written before it", async () => {
    const store = await open();
    const first = store.reload();
    await write("a.json", "2");
    const second = store.reload();
    await write("a.json", "3");
    const third = store.reload();
    await Promise.all([first, second, third]);
    expect(valuesOf(store)).toEqual([3, 1]);
  });
});

describe("watched files", () => {
  /** A store that watches, and what a test needs to see what it does. */
  async function watching() {
    const manual = createManualClock();
    const timers = new Set<() => void>();
    const clock = {
      ...manual,
      after(delayMs: number, task: () => void) {
        const timer = manual.after(delayMs, task);
        for (const resolve of timers) resolve();
        return timer;
      },
    };
    const store = await open([a, b], { options: 'CfgPath = "cfg"\nWatch = true', clock });
    return {
      store,
      advance: (ms: number) => manual.advance(ms),
      pending: () => manual.pending,
      /** Does something and waits until a change was noticed. */
      async noticed(action: () => Promise<void>): Promise<void> {
        const { promise, resolve } = Promise.withResolvers<void>();
        timers.add(resolve);
        await action();
        await promise;
        timers.delete(resolve);
      },
    };
  }

  test("are loaded again once they changed, also in a folder below", async () => {
    const { store, advance, noticed } = await watching();
    await noticed(() => write("sub/b.json", "2"));
    await vi.waitFor(
      () => {
        advance(100);
        expect(valuesOf(store)).toEqual([1, 2]);
      },
      { timeout: 20_000 },
    );
    await vi.waitFor(
      () =>
        expect(log.lines).toMatchObject([{ level: "info", message: "resources loaded again, since files changed" }]),
      { timeout: 20_000 },
    );
  });

  test("are not looked at before they are left alone for a moment", async () => {
    const { store, advance, noticed } = await watching();
    const old = store.current;
    await noticed(() => write("a.json", "2"));
    advance(60);
    await noticed(() => write("sub/b.json", "2"));
    advance(60);
    await store[Symbol.asyncDispose]();
    expect(store.current).toBe(old);
  });

  test("that are broken change nothing; the log says which and where", async () => {
    const { store, advance, noticed } = await watching();
    const old = store.current;
    await noticed(() => write("a.json", "[1"));
    await vi.waitFor(
      () => {
        advance(100);
        expect(log.lines).toMatchObject([
          {
            level: "error",
            message: "changed resources refused, the old ones stay",
            fields: {
              error: { message: `${join(folder, "cfg", "a.json")}:1:3: expected , or ], but the file ends here` },
            },
          },
        ]);
      },
      { timeout: 20_000 },
    );
    expect(store.current).toBe(old);
    await noticed(() => write("a.json", "3"));
    await vi.waitFor(
      () => {
        advance(100);
        expect(valuesOf(store)).toEqual([3, 1]);
      },
      { timeout: 20_000 },
    );
  });

  test("other files of the folder, and the same content again, do nothing", async () => {
    const { store, advance, noticed } = await watching();
    const old = store.current;
    await noticed(() => write("notes.txt", "hello"));
    await noticed(() => write("a.json", "1"));
    advance(100);
    await store[Symbol.asyncDispose]();
    expect(store.current).toBe(old);
    expect(log.lines).toEqual([]);
  });

  test("are not watched any more after the end", async () => {
    const { store, pending, noticed } = await watching();
    await noticed(() => write("a.json", "2"));
    await store[Symbol.asyncDispose]();
    expect(pending()).toBe(0);
    const other = await watching();
    await other.noticed(() => write("a.json", "3"));
    await new Promise(setImmediate);
    expect(pending()).toBe(0);
  });
});
