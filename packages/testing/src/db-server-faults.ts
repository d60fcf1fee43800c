import { Code, type Db, type DbRow, type DbWriteResult, M3Error, type PluginContext } from "m3game";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import {
  type CreateDb,
  DbFixture,
  DbPool,
  group,
  items,
  readRow,
  writeOne,
  written,
} from "./db-conformance-fixture.ts";
import { createPluginContext } from "./plugin-context.ts";
import type { ServiceName } from "./services/definitions.ts";
import { type LaunchedService, type LaunchOptions, launchService } from "./services/launch-service.ts";
import { TcpProxy } from "./tcp-proxy.ts";

/** Which store the suite is about, and on which server. */
export interface DbServerFaultsOptions {
  /** Names the suite. */
  readonly name: string;
  readonly service: ServiceName;
  /** How to start the server so that it keeps what it has confirmed when it is killed. */
  readonly launch?: LaunchOptions;
  /** Starts the db of one app on the server at this address, `host:port`. */
  create(address: string, context: PluginContext): Db | Promise<Db>;
}

const unavailable = { code: Code.UNAVAILABLE, reason: "PLUGIN_FAILED" };

/** What a store on a server has to do while that is away, slow or cut off. Call it in a test file. */
export function runDbServerFaults({ name, service, launch, create }: DbServerFaultsOptions): void {
  describe(`db server faults: ${name}`, () => {
    let cleanup: AsyncDisposableStack;
    let server: LaunchedService;
    let proxy: TcpProxy;
    let fixture: DbFixture;

    beforeEach(async () => {
      cleanup = new AsyncDisposableStack();
      server = cleanup.use(await launchService(service, launch));
      proxy = cleanup.use(await TcpProxy.start(server.address));
      const createDb: CreateDb = (context) => create(proxy.address, context);
      fixture = new DbFixture(cleanup.use(new DbPool(createDb)));
    });

    afterEach(() => cleanup.disposeAsync());

    /** Waits until the store answers again: when it notices that the server is back is its own affair. */
    async function answers(db: Db): Promise<void> {
      for (;;) {
        try {
          await db.read(items, fixture.key("none"));
          return;
        } catch (error) {
          expect(error).toMatchObject({ code: Code.UNAVAILABLE });
          await new Promise((resolve) => setTimeout(resolve, 20));
        }
      }
    }

    test("without a server it does not start, and says so in one line", async () => {
      await server.stop("SIGKILL");
      const failure = await Promise.resolve(create(server.address, createPluginContext("test.world1.club.1"))).catch(
        (error: unknown) => error,
      );
      expect(failure).toMatchObject(unavailable);
      const { message } = M3Error.from(failure);
      expect(message).toContain(server.address);
      expect(message).toContain("[[Plugin.DB.");
      expect(message).not.toContain("\n");
    });

    test("a server that is killed and comes back: calls fail meanwhile, and nothing confirmed is lost", async () => {
      const db = await fixture.db();
      const confirmed: string[] = [];
      const attempted: Promise<void>[] = [];
      const fill = async (key: string) => {
        const result = await writeOne(db, fixture.create(key), fixture.scope(1n));
        if (result.status === "written") confirmed.push(key);
        else expect(result).toMatchObject({ status: "failed" });
      };
      for (let index = 0; index < 200; index++) {
        attempted.push(fill(`row-${index}`));
        if (index % 10 === 0) await Promise.race(attempted);
        if (index === 150) await server.stop("SIGKILL");
      }
      await Promise.all(attempted);
      expect(confirmed.length).toBeGreaterThan(0);
      await expect(db.read(items, fixture.key("none"))).rejects.toMatchObject(unavailable);
      expect(await writeOne(db, fixture.create("meanwhile"))).toMatchObject({ status: "failed" });
      await server.start();
      await answers(db);
      for (const key of confirmed) await readRow(db, fixture.key(key));
      await written(db, fixture.create("after"), fixture.scope(1n));
      await expect(db.raiseFence(fixture.scope(0n))).rejects.toMatchObject({ reason: "FENCED" });
    });

    test("a silent server: a call ends when it is given up, a write with an unknown outcome", async () => {
      const db = await fixture.db();
      const version = await written(db, fixture.create("a", { level: 1 }));
      proxy.swallow();
      const controller = new AbortController();
      const { signal } = controller;
      const calls = [
        db.read(items, fixture.key("a"), { signal }).catch((error: unknown) => error),
        db.write([group([fixture.update("a", version, { level: 2 })])], { signal }),
        db.raiseFence(fixture.scope(1n), { signal }).catch((error: unknown) => error),
      ] as const;
      controller.abort();
      const [reading, writing, raising] = await Promise.all(calls);
      expect(reading).toMatchObject({ code: Code.CANCELLED });
      expect(writing).toMatchObject([[{ status: "failed", error: { reason: "UNKNOWN_OUTCOME" } }]]);
      expect(raising).toMatchObject({ reason: "UNKNOWN_OUTCOME" });
      proxy.heal();
      await answers(db);
      expectOldOrNew(await readRow(db, fixture.key("a")), version);
    });

    test("a lost answer to a write is UNKNOWN_OUTCOME, and reading settles it", async () => {
      const db = await fixture.db();
      const version = await written(db, fixture.create("a", { level: 1 }), fixture.scope(1n));
      proxy.cutReplies(true);
      // Without a claim: a store may ask for its fence first, and then it is that answer that is lost.
      const result = await writeOne(db, fixture.update("a", version, { level: 2 }));
      expect(outcome(result)).toBe("UNKNOWN_OUTCOME");
      proxy.heal();
      await answers(db);
      const row = await readRow(db, fixture.key("a"));
      expectOldOrNew(row, version);
      await written(db, fixture.update("a", row.version, { level: 3 }), fixture.scope(1n));
    });

    test("it can be disposed while the server is away", async () => {
      const db = await fixture.db();
      await server.stop("SIGKILL");
      await db[Symbol.asyncDispose]();
      await expect(db.read(items, fixture.key("a"))).rejects.toMatchObject(unavailable);
    });
  });
}

/** A write of level 2 whose outcome is unknown was executed, or not: nothing in between. */
function expectOldOrNew({ version, message }: DbRow, before: bigint): void {
  expect([
    [before, 1],
    [before + 1n, 2],
  ]).toContainEqual([version, Reflect.get(message, "level")]);
}

function outcome(result: DbWriteResult): string {
  return result.status === "failed" ? result.error.reason : result.status;
}
