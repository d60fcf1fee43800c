import { describe, expect, test } from "vitest";
import { fakeConnect, instanceOf } from "../../test/support/fake-link.ts";
import type { Metadata } from "../meta/metadata.ts";
import { type CanaryRule, formatRule, newestRule, sendsBack, takesKey } from "./canary-rule.ts";
import { ServiceTable } from "./service-table.ts";

const keys = Array.from({ length: 2000 }, (_, index) => `player-${index}`);
const rule = (changes: Partial<CanaryRule> = {}): CanaryRule => ({
  ...{ version: "2", share: 0.1, ids: [], aborted: [], revision: 1 },
  ...changes,
});

/** Two instances of version 1, two of version 2; the rule is in the entry of the first. */
function versions(known: CanaryRule | undefined) {
  return [1, 2, 3, 4].map((ins) =>
    instanceOf(ins, {
      m3version: ins <= 2 ? "1" : "2",
      ...(known !== undefined && ins === 1 && { m3canary: formatRule(known) }),
    }),
  );
}

function tableOf(known: CanaryRule | undefined) {
  const { connect, links } = fakeConnect();
  const table = new ServiceTable("test.w1.back", connect);
  table.update(versions(known));
  const versionOf = (key: string) => table.owner(key)?.instance.meta.m3version;
  return { table, links, versionOf, counts: () => keys.filter((key) => versionOf(key) === "2").length };
}

describe("a canary rule", () => {
  test("takes about its share of the keys, and the same ones as it grows", () => {
    const taken = [0.05, 0.2, 0.5, 1].map((share) => new Set(keys.filter((key) => takesKey(rule({ share }), key))));
    expect(taken.map(({ size }) => Math.round(size / 100))).toEqual([1, 4, 10, 20]);
    for (const [index, more] of taken.slice(1).entries()) {
      for (const key of taken[index] ?? []) expect(more.has(key)).toBe(true);
    }
    expect(keys.filter((key) => takesKey(rule({ share: 0 }), key))).toEqual([]);
  });

  test("takes the ids that it names, whatever the share", () => {
    const named = rule({ share: 0, ids: ["player-7", "player-9"] });
    expect(keys.filter((key) => takesKey(named, key))).toEqual(["player-7", "player-9"]);
  });

  test("of several the one with the greatest revision counts; what is none counts nothing", () => {
    const entries = [rule({ revision: 3, share: 0.3 }), rule({ revision: 5, share: 0.5 }), rule({ revision: 4 })];
    const instances = entries.map((each, index) => instanceOf(index, { m3canary: formatRule(each) }));
    expect(newestRule([...instances, instanceOf(9, { m3canary: "{" }), instanceOf(8)])?.share).toBe(0.5);
    expect(newestRule([instanceOf(9, { m3canary: '{"version":1}' })])).toBeUndefined();
  });

  test("that does not fit into a registry's entry is refused", () => {
    expect(() => formatRule(rule({ ids: keys.slice(0, 100) }))).toThrow("name fewer ids");
  });

  test.each(["", "of two words", "\n", "ö", "x".repeat(65)])(
    "a header that no call can have is refused: %j",
    (header) => {
      expect(() => formatRule(rule({ header }))).toThrow("no call can have this header");
    },
  );

  test("of an app that knows nothing of headers and aborted versions is understood", () => {
    const text = JSON.stringify({ version: "2", share: 0.5, ids: [], revision: 1 });
    expect(newestRule([instanceOf(1, { m3canary: text })])).toEqual(rule({ share: 0.5 }));
  });

  test("sends actors back that it sends elsewhere, not those that came by a header, and all of an aborted version", () => {
    const taken = keys.find((key) => takesKey(rule(), key)) ?? "";
    const other = keys.find((key) => !takesKey(rule(), key)) ?? "";
    const back = (known: CanaryRule, version = "2") => [taken, other].map((id) => sendsBack(known, version, id));
    expect(back(rule())).toEqual([false, true]);
    expect(back(rule({ share: 1 }))).toEqual([false, false]);
    expect(back(rule({ header: "june" }))).toEqual([false, false]);
    expect(back(rule(), "3")).toEqual([false, false]);
    expect(back(rule({ aborted: ["3"] }), "3")).toEqual([true, true]);
  });
});

describe("a service with two versions", () => {
  test("without a rule keys are spread over all", () => {
    expect(tableOf(undefined).counts()).toBeGreaterThan(800);
    expect(tableOf(rule({ version: "" })).counts()).toBeGreaterThan(800);
  });

  test("with one they go where it says; on their side each instance has its part", () => {
    const { table, counts, versionOf } = tableOf(rule({ ids: ["june"] }));
    expect(Math.round(counts() / 100)).toBe(2);
    expect(versionOf("june")).toBe("2");
    expect(new Set(keys.map((key) => table.owner(key)?.instance.app)).size).toBe(4);
    const random = keys.filter(() => table.random()?.instance.meta.m3version === "2").length;
    expect(random).toBeGreaterThan(100);
    expect(random).toBeLessThan(350);
  });

  test("calls with its header go to the version whatever their key, and no others", () => {
    const { table, counts } = tableOf(rule({ share: 0, header: "june" }));
    const of = (metadata: Metadata) => [table.owner("17", metadata), table.random(metadata)];
    const versions = (metadata: Metadata) => of(metadata).map((peer) => peer?.instance.meta.m3version);
    expect(versions(new Map([["canary", "june"]]))).toEqual(["2", "2"]);
    expect(versions(new Map([["canary", "mike"]]))).toEqual(["1", "1"]);
    expect(versions(new Map([["tester", "june"]]))).toEqual(["1", "1"]);
    expect(counts()).toBe(0);
  });

  test("promoted and aborted, one version gets everything", () => {
    expect(tableOf(rule({ share: 1 })).counts()).toBe(keys.length);
    expect(tableOf(rule({ share: 0 })).counts()).toBe(0);
  });

  test("leaves instances of older versions out of a ring when told to, those that it names too", () => {
    const { table } = tableOf(rule({ share: 0.5 }));
    const owners = (options: Parameters<typeof table.ring>[0]) => new Set(keys.map((key) => table.ring(options)(key)));
    const [one, two, three, four] = [1, 2, 3, 4].map((ins) => `test.w1.back.${ins}`);
    expect(owners({})).toEqual(new Set([one, two, three, four]));
    expect(owners({ from: "2" })).toEqual(new Set([three, four]));
    expect(owners({ from: "2", without: three ?? "" })).toEqual(new Set([four]));
    expect(owners({ from: "3" })).toEqual(new Set([undefined]));
  });

  test("an abort counts at once for all keys though a promote has reached only some instances", () => {
    const { table, counts } = tableOf(rule());
    const entered = [
      rule({ share: 1, revision: 2 }),
      rule({ share: 0, revision: 3 }),
      rule({ share: 1, revision: 2 }),
      rule(),
    ];
    table.update(
      versions(undefined).map((each, index) => {
        const known = entered[index];
        return known === undefined ? each : { ...each, meta: { ...each.meta, m3canary: formatRule(known) } };
      }),
    );
    expect(counts()).toBe(0);
  });

  test("a rule for a version that is not there, or alone there, changes nothing", () => {
    const { table, counts } = tableOf(rule({ version: "3", share: 0.5 }));
    expect(counts()).toBeGreaterThan(800);
    table.update(versions(rule({ share: 0 })).filter(({ meta }) => meta.m3version === "2"));
    expect(counts()).toBe(keys.length);
  });

  test("another rule moves keys and breaks no connection", () => {
    const { table, links } = tableOf(rule());
    const peers = table.instances.map(({ app }) => table.get(app));
    table.update(versions(rule({ share: 1, revision: 2 })));
    expect(table.instances.map(({ app }) => table.get(app))).toEqual(peers);
    expect(table.rule?.share).toBe(1);
    expect([...links.values()].some(({ disposed }) => disposed)).toBe(false);
  });

  test("who would own a key if one instance were not there stays within its version", () => {
    const { table } = tableOf(rule({ share: 0.5 }));
    for (const key of keys.slice(0, 50)) {
      const owner = table.owner(key)?.instance;
      const next = table.ring({ without: owner?.app ?? "" })(key) ?? "";
      expect(next).not.toBe(owner?.app);
      expect(table.get(next)?.instance.meta.m3version).toBe(owner?.meta.m3version);
    }
  });
});
