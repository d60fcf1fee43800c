import { describe, expect, onTestFinished, test } from "vitest";
import { fakeConnect, instanceOf } from "../../test/support/fake-link.ts";
import { TestOutboundCall } from "../../test/support/outbound-call.ts";
import { parseAppId } from "../meta/app-id.ts";
import { reasonError } from "../meta/error.ts";
import { RouteType } from "../meta/route-type.ts";
import { silentLogger } from "../plugin/log.ts";
import type { Instance, Router } from "../plugin/router.ts";
import type { CallHead } from "../plugin/trans.ts";
import { hash, p2p, random, single } from "../rpc/route.ts";
import { Mesh } from "./mesh.ts";

/** A registry whose tables the test sets. `watch` fails as long as `error` is set. */
class FakeRouter implements Router {
  readonly watched: string[] = [];
  readonly listeners = new Map<string, (instances: readonly Instance[]) => void>();
  table: readonly Instance[] = [];
  error: Error | undefined;

  register(): never {
    throw new Error("not used");
  }

  async watch(service: string, listener: (instances: readonly Instance[]) => void): Promise<AsyncDisposable> {
    this.watched.push(service);
    if (this.error !== undefined) throw this.error;
    listener(this.table);
    this.listeners.set(service, listener);
    return {
      [Symbol.asyncDispose]: async () => {
        this.listeners.delete(service);
      },
    };
  }

  services(): never {
    throw new Error("not used");
  }

  keep(): never {
    throw new Error("not used");
  }

  kept(): never {
    throw new Error("not used");
  }

  async [Symbol.asyncDispose](): Promise<void> {}
}

function setUp(...instances: readonly Instance[]) {
  const router = new FakeRouter();
  router.table = instances;
  const { connect, links } = fakeConnect();
  const mesh = new Mesh({ app: parseAppId("test.w1.back.1"), router, connect, log: silentLogger });
  onTestFinished(() => mesh[Symbol.asyncDispose]());
  const send = (route = random()) => {
    const call = new TestOutboundCall(route);
    mesh.send(call);
    return call;
  };
  return { router, links, mesh, send };
}

describe("Mesh", () => {
  test("asks the registry for a service once, however many calls wait for the answer", async () => {
    const { router, links, mesh, send } = setUp(instanceOf(1));
    const calls = [send(), send(), send()];
    await mesh.table("test.w1.back");
    calls.push(send());
    expect(router.watched).toEqual(["test.w1.back"]);
    expect(links.get("test.w1.back.1")?.sent).toEqual(calls);
  });

  test("fails a call when the registry can't be asked, and asks again for the next", async () => {
    const { router, mesh, send } = setUp(instanceOf(1));
    router.error = reasonError("PLUGIN_FAILED", "registry away");
    expect(await send().ended).toMatchObject({ reason: "PLUGIN_FAILED", message: "registry away" });
    router.error = undefined;
    const call = send();
    await mesh.table("test.w1.back");
    expect(call.settled).toBe(false);
    expect(router.watched).toHaveLength(2);
  });

  test("does not send a call that was given up while the registry was asked", async () => {
    const { links, mesh, send } = setUp(instanceOf(1));
    send().settled = true;
    const sent = send();
    await mesh.table("test.w1.back");
    expect(links.get("test.w1.back.1")?.sent).toEqual([sent]);
  });

  test("cancels a call at its link when the caller gives up", async () => {
    const { links, mesh, send } = setUp(instanceOf(1));
    await mesh.table("test.w1.back");
    const [cancelled, answered] = [send(), send()];
    mesh.release(cancelled, true);
    mesh.release(cancelled, true);
    mesh.release(answered, false);
    expect(links.get("test.w1.back.1")?.cancelled).toEqual([cancelled]);
  });

  test("chooses by the newest table", async () => {
    const { router, links, mesh, send } = setUp(instanceOf(2));
    await mesh.table("test.w1.back");
    router.listeners.get("test.w1.back")?.([instanceOf(3)]);
    const call = send(single());
    expect(links.get("test.w1.back.3")?.sent).toEqual([call]);
    expect(await send(p2p("test.w1.back.2")).ended).toMatchObject({ reason: "NO_INSTANCE" });
  });

  test("stopped, it ends its watches and fails calls without a reason to try again", async () => {
    const { router, links, mesh, send } = setUp(instanceOf(1));
    await mesh.table("test.w1.back");
    send();
    await mesh[Symbol.asyncDispose]();
    expect(router.listeners.size).toBe(0);
    expect(links.get("test.w1.back.1")?.disposed).toBe(true);
    expect(await send().ended).toMatchObject({ reason: "CONTEXT_ENDED" });
    await expect(mesh.table("test.w1.other")).rejects.toMatchObject({ reason: "CONTEXT_ENDED" });
  });
});

describe("betterTarget", () => {
  const head = (routeType: RouteType, hashKey = ""): CallHead => {
    const call = new TestOutboundCall(random());
    return { ...call, routeType, hashKey };
  };

  test("is the owner of the key, unless that is this app", async () => {
    const { mesh } = setUp(instanceOf(1), instanceOf(2));
    const table = await mesh.table("test.w1.back");
    const keys = Array.from({ length: 50 }, (_, index) => `key-${index}`);
    const owner = (key: string) => table.owner(key)?.instance.app;
    for (const key of keys) {
      const expected = owner(key) === "test.w1.back.1" ? undefined : owner(key);
      expect(mesh.betterTarget(head(RouteType.HASH, key))).toBe(expected);
    }
    expect(new Set(keys.map(owner)).size).toBe(2);
  });

  test("is the single one, unless that is this app", async () => {
    const { router, mesh } = setUp(instanceOf(1), instanceOf(2));
    await mesh.table("test.w1.back");
    expect(mesh.betterTarget(head(RouteType.SINGLE))).toBeUndefined();
    router.listeners.get("test.w1.back")?.([instanceOf(0), instanceOf(1)]);
    expect(mesh.betterTarget(head(RouteType.SINGLE))).toBe("test.w1.back.0");
  });

  test("is nobody for other routes, and while nobody is registered", async () => {
    const { mesh } = setUp();
    await mesh.table("test.w1.back");
    for (const type of Object.values(RouteType)) expect(mesh.betterTarget(head(type, "k"))).toBeUndefined();
    const other = setUp(instanceOf(2));
    await other.mesh.table("test.w1.back");
    for (const type of [RouteType.P2P, RouteType.RANDOM, RouteType.BROADCAST, RouteType.MULTICAST]) {
      expect(other.mesh.betterTarget(head(type, "k"))).toBeUndefined();
    }
  });
});

test("a hash route sticks to the owner whose connection is broken", async () => {
  const { links, mesh, send } = setUp(instanceOf(1), instanceOf(2));
  const table = await mesh.table("test.w1.back");
  const owner = table.owner("k")?.instance.app ?? "";
  send(hash("k"));
  links.get(owner)?.become("down");
  const call = send(hash("k"));
  expect(links.get(owner)?.sent.at(-1)).toBe(call);
});
