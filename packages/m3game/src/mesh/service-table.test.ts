import { beforeEach, describe, expect, test } from "vitest";
import { type FakeLink, fakeConnect, instanceOf } from "../../test/support/fake-link.ts";
import { TestOutboundCall } from "../../test/support/outbound-call.ts";
import { random } from "../rpc/route.ts";
import type { Peer } from "./peer.ts";
import { ServiceTable } from "./service-table.ts";

const keys = Array.from({ length: 200 }, (_, index) => `key-${index}`);

describe("ServiceTable", () => {
  let table: ServiceTable;
  let links: Map<string, FakeLink>;

  beforeEach(() => {
    const fake = fakeConnect();
    links = fake.links;
    table = new ServiceTable("test.w1.back", fake.connect);
    table.update([instanceOf(2), instanceOf(1), instanceOf(3)]);
  });

  const send = (peer: Peer | undefined) => {
    const call = new TestOutboundCall(random());
    peer?.send(call);
    return call;
  };
  const link = (ins: number) => {
    send(table.get(instanceOf(ins).app));
    const found = links.get(instanceOf(ins).app);
    if (found === undefined) throw new Error(`no link to ${ins}`);
    return found;
  };
  /** Which apps `random` chooses, over many tries. */
  const chosen = () => [...new Set(keys.map(() => table.random()?.instance.app.at(-1)))].toSorted().join("");
  const owners = () => keys.map((key) => table.owner(key)?.instance.app);

  test("shows the instances sorted; the first is the single one", () => {
    expect(table.instances.map(({ app }) => app)).toEqual([1, 2, 3].map((ins) => instanceOf(ins).app));
    expect(table.single()?.instance.app).toBe("test.w1.back.1");
    expect(table.get("test.w1.back.9")).toBeUndefined();
  });

  test("connects to an instance at its first call, once", () => {
    expect(links.size).toBe(0);
    const first = link(1);
    expect(link(1)).toBe(first);
    expect(first.sent).toHaveLength(2);
  });

  test("a broken connection leaves random at once and comes back when it is restored", () => {
    expect(chosen()).toBe("123");
    link(2).become("down");
    expect(chosen()).toBe("13");
    link(2).become("connecting");
    expect(chosen()).toBe("123");
  });

  test("when all connections are broken, random tries them all the same", () => {
    for (const ins of [1, 2, 3]) link(ins).become("down");
    expect(chosen()).toBe("123");
  });

  test("a broken connection moves no key and leaves the single one as it is", () => {
    const before = owners();
    for (const ins of [1, 2]) link(ins).become("down");
    expect(owners()).toEqual(before);
    expect(table.single()?.instance.app).toBe("test.w1.back.1");
  });

  test("an unchanged entry keeps its link, a new incarnation gets a new one", () => {
    const [first, second] = [link(1), link(2)];
    table.update([instanceOf(1, { m3appver: "2" }), instanceOf(2)]);
    expect(link(2)).toBe(second);
    expect(link(1)).not.toBe(first);
    expect(second.disposed).toBe(false);
  });

  test.each([{ host: "127.0.0.2" }, { port: 2 }, { meta: { a: "1" } }])(
    "an entry that changed in %o is a new incarnation",
    (change) => {
      const before = table.get("test.w1.back.1");
      table.update([{ ...instanceOf(1), ...change }]);
      expect(table.get("test.w1.back.1")).not.toBe(before);
    },
  );

  test("what left the registry gets no new call; its link closes when the last one is answered", () => {
    const peer = table.get("test.w1.back.3");
    const left = link(3);
    const call = send(peer);
    table.update([instanceOf(1), instanceOf(2)]);
    expect(chosen()).toBe("12");
    expect(owners()).not.toContain("test.w1.back.3");
    expect(left.disposed).toBe(false);
    peer?.release(call, false);
    expect(left.disposed).toBe(false);
    for (const sent of left.sent.slice(0, 1)) peer?.release(sent, true);
    expect(left.disposed).toBe(true);
    expect(left.cancelled).toEqual(left.sent.slice(0, 1));
  });

  test("what left the registry with nothing to answer is closed at once", () => {
    const left = link(3);
    for (const call of left.sent) table.get("test.w1.back.3")?.release(call, false);
    table.update([]);
    expect(left.disposed).toBe(true);
    expect([table.random(), table.single(), table.owner("k")]).toEqual([undefined, undefined, undefined]);
  });

  test("disposed, it closes all links", async () => {
    const open = [link(1), link(2)];
    await table[Symbol.asyncDispose]();
    expect(open.map(({ disposed }) => disposed)).toEqual([true, true]);
  });
});

test("an instance with no transport in common fails calls, saying what it offers", async () => {
  const table = new ServiceTable("test.w1.back", () => undefined);
  table.update([instanceOf(1, { "m3ep.nats": "x", m3appver: "1" }), instanceOf(2)]);
  const call = new TestOutboundCall(random());
  table.get("test.w1.back.1")?.send(call);
  expect(await call.ended).toMatchObject({
    reason: "NO_CONNECTION",
    message: expect.stringMatching(
      /^test\.w1\.back\.1 can't be reached: it offers nats, for which this app has no transport/,
    ),
  });
  const plain = new TestOutboundCall(random());
  table.get("test.w1.back.2")?.send(plain);
  expect(await plain.ended).toMatchObject({ message: expect.stringContaining("it offers gRPC") });
});
