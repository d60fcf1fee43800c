import { randomUUID } from "node:crypto";
import type { Lease, PluginDefinition } from "m3game";
import type { Ownership, OwnershipState } from "m3game/internal";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { z } from "zod";
import { acquireWhenFree } from "./lease/acquire-when-free.ts";
import { OwnerProcess } from "./lease/owner-process.ts";
import { ownershipStarter } from "./lease/ownership-starter.ts";
import { createPluginContext } from "./plugin-context.ts";
import { Received } from "./received.ts";
import type { ServiceName } from "./services/definitions.ts";
import { launchService } from "./services/launch-service.ts";
import { TcpProxy } from "./tcp-proxy.ts";

/** What an operator does with the server's own tools. */
export interface LeaseAdmin extends AsyncDisposable {
  /** True while the app's session is there. */
  hasSession(app: string): Promise<boolean>;
  /** Ends the app's session. */
  revoke(app: string): Promise<void>;
}

/** Which lease plugin the suite is about, and on which server. */
export interface LeaseFaultsOptions<S extends z.ZodType> {
  readonly plugin: PluginDefinition<"lease", S>;
  /** URL of the module whose default export is the plugin. */
  readonly module: string;
  readonly service: ServiceName;
  /** The server that tests share, `host:port`. */
  readonly address: string;
  /** The key of the config section that says where the server is. */
  readonly addressKey: string;
  /** Further keys of the section. @default none */
  readonly config?: Readonly<Record<string, number>>;
  /** Connects to the server at `address` as its operator. */
  openAdmin(): Promise<LeaseAdmin>;
}

/** What ownership over a lease server has to do under faults. Call it in a test file. */
export function runLeaseFaults<S extends z.ZodType>(options: LeaseFaultsOptions<S>): void {
  const { plugin, module, service, address: shared, addressKey, config: always = {} } = options;
  const startOwnership = ownershipStarter<z.ZodType>({ ...plugin });

  describe(`lease faults: ${plugin.name}`, () => {
    let cleanup: AsyncDisposableStack;
    let world: string;

    beforeEach(() => {
      cleanup = new AsyncDisposableStack();
      world = randomUUID();
    });

    afterEach(() => cleanup.disposeAsync());

    const app = (ins: string) => `test.${world}.f.${ins}`;

    const configOf = (address: string, more: Readonly<Record<string, number>> = {}) => ({
      [addressKey]: address,
      ...always,
      ...more,
    });

    async function start(ins: string, more: Readonly<Record<string, number>> = {}, address = shared) {
      return cleanup.use(await startOwnership(app(ins), configOf(address, more)));
    }

    function statesOf(ownership: Ownership): Received<OwnershipState> {
      const states = new Received<OwnershipState>();
      ownership.onState(states.listener);
      return states;
    }

    function owner(LeaseKeepLiveTime: number, keepalive: "inline" | "thread"): OwnerProcess {
      const config = configOf(shared, { LeaseKeepLiveTime });
      return cleanup.use(new OwnerProcess({ plugin: module, config, app: app("1"), id: "a", keepalive }));
    }

    test("without a server it fails with one line that names address and key", async () => {
      const server = await launchService(service);
      await server[Symbol.asyncDispose]();
      const created: Promise<Lease> = Promise.resolve().then(() =>
        plugin.create(plugin.config.parse(configOf(server.address)), createPluginContext(app("1"))),
      );
      const failure = await created.catch((error: unknown) => error);
      expect(failure).toMatchObject({ reason: "PLUGIN_FAILED" });
      expect(String(failure)).toContain(server.address);
      expect(String(failure)).toContain(`correct ${addressKey} in [[Plugin.Lease.${plugin.name}]]`);
      expect(String(failure)).not.toContain("\n");
    });

    test.each([
      ["inline", 40],
      ["thread", 143],
    ] as const)(
      "pitfall 1: a process that was stopped works no more once another owns (%s, after %d)",
      async (keepalive, after) => {
        const stopped = owner(6, keepalive);
        const counter = await stopped.acquired();
        const { ownership } = await start("2");
        await stopped.works(after);
        stopped.signal("SIGSTOP");
        const claim = await acquireWhenFree(ownership, "a");
        const ownedFrom = process.hrtime.bigint();
        expect(claim.fence.counter).toBeGreaterThan(counter);
        stopped.signal("SIGCONT");
        await stopped.says("state lost");
        await stopped.says("idle");
        expect(stopped.workTimes().filter((time) => time > ownedFrom)).toEqual([]);
        expect(claim.isHeld()).toBe(true);
      },
    );

    test("pitfall 4: on a connection that swallows everything it is lost before the server ends the session", async () => {
      const proxy = cleanup.use(await TcpProxy.start(shared));
      const admin = cleanup.use(await options.openAdmin());
      const { ownership } = await start("1", { LeaseKeepLiveTime: 10, PreExitTime: 3 }, proxy.address);
      const claim = await acquireWhenFree(ownership, "a");
      const { ownership: other } = await start("2");
      const states = statesOf(ownership);
      proxy.swallow();
      await states.until((state) => state === "lost");
      expect(states.items).toEqual(["doubt", "lost"]);
      expect(claim.isHeld()).toBe(false);
      expect(await admin.hasSession(app("1"))).toBe(true);
      const next = await acquireWhenFree(other, "a");
      expect(next.fence.counter).toBeGreaterThan(claim.fence.counter);
      proxy.heal();
    });

    test("pitfall 8: what a killed process owned is free when its session has run out, its app id too", async () => {
      const killed = owner(4, "thread");
      const counter = await killed.acquired();
      killed.signal("SIGKILL");
      const { ownership } = await start("1");
      const claim = await acquireWhenFree(ownership, "a");
      expect(claim.fence.counter).toBeGreaterThan(counter);
    });

    test("pitfall 9: a session that was ended by an operator is noticed at once", async () => {
      const admin = cleanup.use(await options.openAdmin());
      const { ownership } = await start("1", { LeaseKeepLiveTime: 3600 });
      const claim = await acquireWhenFree(ownership, "a");
      const states = statesOf(ownership);
      await admin.revoke(app("1"));
      await states.until((state) => state === "lost");
      expect(claim.isHeld()).toBe(false);
      await ownership.rejoin();
      const next = await acquireWhenFree(ownership, "a");
      expect(next.fence.counter).toBeGreaterThan(claim.fence.counter);
    });

    test("pitfall 10: while the server restarts again and again nothing is owned twice", async () => {
      const server = cleanup.use(await launchService(service));
      const { ownership: one } = await start("1", { LeaseKeepLiveTime: 4 }, server.address);
      const { ownership: two } = await start("2", { LeaseKeepLiveTime: 60 }, server.address);
      const first = await acquireWhenFree(one, "a");
      for (let restart = 0; restart < 3; restart++) {
        await server.stop("SIGKILL");
        await server.start();
        const result = await two.acquire("a").catch(() => undefined);
        if (result?.status === "acquired") expect(first.isHeld()).toBe(false);
      }
      const states = statesOf(one);
      if (one.state === "lost") await one.rejoin();
      if (one.state === "doubt") await states.until((state) => state !== "doubt");
      expect(two.state).toBe("valid");
    });

    test("pitfall 17: a blocked event loop loses nothing, as long as it is not blocked for too long", async () => {
      const { ownership } = await start("1", { LeaseKeepLiveTime: 6 });
      const claim = await acquireWhenFree(ownership, "a");
      // Without using up the processor, which the keepalive needs.
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 7000);
      expect(claim.isHeld()).toBe(true);
      expect(ownership.state).toBe("valid");
    });

    test("a process that disposes everything has nothing left open", async () => {
      const { ownership, lease } = await startOwnership(app("1"), configOf(shared));
      await acquireWhenFree(ownership, "a");
      await ownership[Symbol.asyncDispose]();
      await lease[Symbol.asyncDispose]();
      const admin = cleanup.use(await options.openAdmin());
      expect(await admin.hasSession(app("1"))).toBe(false);
    });
  });
}
