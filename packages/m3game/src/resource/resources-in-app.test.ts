import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { z } from "zod";
import { backApp, callerApp, failure, type LineHandlers, startTestCluster } from "../../test/support/cluster.ts";
import { BackSer } from "../../test/support/services.ts";
import type { AppDefinition } from "../app/define-app.ts";
import type { Context } from "../server/context.ts";
import { jsonResource } from "./json-resource.ts";
import { defineResource } from "./resource.ts";

const word = defineResource({ name: "word", file: "word.json", parse: jsonResource(z.string()) });
const twice = defineResource({
  name: "twice",
  file: "word.json",
  parse: jsonResource(z.string()),
  build: (_text, context) => `${context.resource(word)}-${context.resource(word)}`,
});

let folder: string;
let config: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "m3game-app-resources-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  config = `[[Options.Resource]]\nCfgPath = '${folder}'\n`;
  await write('"old"');
});

const write = (text: string) => writeFile(join(folder, "word.json"), text);

async function start(handlers: Partial<LineHandlers>, rest: Partial<AppDefinition> = {}) {
  const cluster = await startTestCluster([
    { app: backApp(handlers, { resources: [twice, word], ...rest }), id: "test.w1.back.1", config },
    { app: callerApp(), id: "test.w1.caller.1" },
  ]);
  const app = cluster.app("test.w1.back.1");
  return {
    app,
    log: cluster.log,
    back: cluster.app("test.w1.caller.1").client(BackSer),
    config: config + cluster.log.config,
  };
}

describe("a handler", () => {
  const answer = (context: Context) => ({ text: `${context.resource(word)} ${context.resource(twice)}` });

  test("reads the set that was loaded last", async () => {
    const { app, back, config } = await start({ say: (_request, context) => answer(context) });
    expect((await back.say({})).text).toBe("old old-old");
    await write('"new"');
    await app.reload(config);
    expect((await back.say({})).text).toBe("new new-new");
  });

  test("sees one set until it ends, also when another is loaded meanwhile", async () => {
    const entered = Promise.withResolvers<void>();
    const go = Promise.withResolvers<void>();
    const { app, back, config } = await start({
      say: async (_request, context) => {
        const before = context.resource(word);
        entered.resolve();
        await go.promise;
        return { text: `${before} ${answer(context).text}` };
      },
    });
    const running = back.say({});
    await entered.promise;
    await write('"new"');
    await app.reload(config);
    expect(app.resource(word)).toBe("new");
    go.resolve();
    expect((await running).text).toBe("old old old-old");
  });

  test("whose caller gave up still reads", async () => {
    const entered = Promise.withResolvers<void>();
    const read = Promise.withResolvers<string>();
    const { back } = await start({
      say: async (request, context) => {
        entered.resolve();
        await new Promise((resolve) => context.signal.addEventListener("abort", resolve));
        read.resolve(context.resource(word));
        return request;
      },
    });
    const abort = new AbortController();
    const call = failure(back.say({}, { signal: abort.signal }));
    await entered.promise;
    abort.abort();
    expect(await read.promise).toBe("old");
    expect(await call).toMatchObject({ reason: "CANCELLED" });
  });

  test("that has ended can't read through its context", async () => {
    let late: Context | undefined;
    const { back } = await start({
      say: (request, context) => {
        late = context;
        return request;
      },
    });
    await back.say({});
    expect(() => late?.resource(word)).toThrow(expect.objectContaining({ reason: "CONTEXT_ENDED" }));
  });

  test("reading what its app does not list fails; the log says what to do", async () => {
    const { back, log } = await start({ say: (_request, context) => answer(context) }, { resources: [word] });
    expect(await failure(back.say({}))).toMatchObject({ reason: "HANDLER_FAILED" });
    expect(log.at("error")).toMatchObject([
      { fields: { error: { message: expect.stringContaining("list it in defineApp({ resources: [...] })") } } },
    ]);
  });
});

describe("an app", () => {
  test("has its resources in onInit", async () => {
    const seen: string[] = [];
    await start({}, { onInit: (app) => void seen.push(app.resource(twice)) });
    expect(seen).toEqual(["old-old"]);
  });

  test("does not start with a broken file", async () => {
    await write('"old');
    expect(await failure(start({}))).toMatchObject({
      reason: "CONFIG_INVALID",
      message: expect.stringContaining(`${join(folder, "word.json")}:1:1: `),
    });
  });

  test("whose reload meets a broken file or config changes nothing at all", async () => {
    const { app, config } = await start({});
    await write("[]");
    expect(await failure(app.reload(config))).toMatchObject({
      reason: "CONFIG_INVALID",
      message: `${join(folder, "word.json")}:1:1: $: found a list of 0 entries; allowed: a text`,
    });
    await write('"new"');
    expect(await failure(app.reload("[Options.Nonsense]"))).toMatchObject({ reason: "CONFIG_INVALID" });
    expect(app.resource(word)).toBe("old");
    await app.reload(config);
    expect(app.resource(word)).toBe("new");
  });
});
