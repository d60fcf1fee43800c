import { randomUUID } from "node:crypto";
import { describeWithService } from "@m3game/testing";
import {
  type App,
  broadcast,
  type Client,
  defineApp,
  type M3Error,
  multicast,
  p2p,
  random,
  single,
  startApp,
} from "m3game";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { appOptions } from "./multi-process/app-config.ts";
import { Load } from "./multi-process/load.ts";
import { WorkProcess } from "./multi-process/work-process.ts";
import { WorkSer } from "./multi-process/work-service.ts";

const lanes = 8;

describeWithService("consul", "three app processes over Consul", (consul) => {
  describeWithService("nats", "and NATS", (nats) => {
    // Other runs may use the same servers.
    const world = `w${randomUUID().slice(0, 8)}`;
    const service = `test.${world}.work`;
    const [first, second, third] = [`${service}.1`, `${service}.2`, `${service}.3`];
    const ids = [first, second, third];
    const keys = Array.from({ length: 60 }, (_, index) => `key-${index}`);
    let processes: readonly WorkProcess[];
    let caller: App;
    let work: Client<typeof WorkSer>;

    beforeAll(async () => {
      const args = (id: string) => (id === second ? [consul, nats] : [consul, nats, "odd"]);
      processes = await Promise.all(ids.map((id) => WorkProcess.start(id, args(id))));
      caller = await startApp(
        defineApp({ func: "caller", servers: [] }),
        appOptions(`test.${world}.caller.1`, consul, nats),
      );
      work = caller.client(WorkSer);
      await registered(ids);
    });

    afterAll(async () => {
      await caller?.[Symbol.asyncDispose]();
      await Promise.all((processes ?? []).map((process) => process[Symbol.asyncDispose]()));
    });

    /** Resolves when the caller's table holds just these apps. */
    async function registered(apps: readonly string[]): Promise<void> {
      const check = async () => expect((await caller.instances(service)).map(({ app }) => app)).toEqual(apps);
      await vi.waitFor(check, { timeout: 40_000, interval: 50 });
    }

    async function who(calls: readonly Promise<{ readonly text: string }>[]): Promise<string[]> {
      return (await Promise.all(calls)).map(({ text }) => text);
    }

    /** Resolves when each app has heard what it should. */
    async function heard(expected: Readonly<Record<string, string>>): Promise<void> {
      for (const [app, text] of Object.entries(expected)) {
        await vi.waitFor(async () => expect((await work.to(p2p(app)).heard({})).text).toBe(text), {
          interval: 20,
          timeout: 20_000,
        });
      }
    }

    test("every route reaches whom it should", async () => {
      expect(await who(ids.map((id) => work.to(p2p(id)).who({})))).toEqual(ids);
      const randomly = await who(Array.from({ length: 100 }, () => work.to(random()).who({})));
      expect(new Set(randomly)).toEqual(new Set(ids));
      expect(new Set(await who(Array.from({ length: 10 }, () => work.to(single()).who({}))))).toEqual(new Set([first]));
      const owners = await who(keys.map((text) => work.whoHas({ text })));
      expect(new Set(owners)).toEqual(new Set(ids));
      expect(await who(keys.map((text) => work.whoHas({ text })))).toEqual(owners);

      await work.to(broadcast()).tell({ text: "all" });
      await heard({ [first]: "all", [second]: "all", [third]: "all" });
      await work.to(multicast("odd")).tell({ text: "odd" });
      await heard({ [first]: "all odd", [third]: "all odd" });
      await work.to(broadcast()).tell({ text: "end" });
      await heard({ [first]: "all odd end", [second]: "all end", [third]: "all odd end" });
    });

    test("each app reaches each other, itself included", async () => {
      for (const from of ids) {
        const answers = await who(ids.map((text) => work.to(p2p(from)).ask({ text })));
        expect(answers).toEqual(ids.map((to) => `${from} ${to}`));
      }
    });

    test("an app that is killed under load takes nobody with it, and is out of the tables", async () => {
      const owners = await who(keys.map((text) => work.whoHas({ text })));
      const loads = {
        random: new Load(lanes, () => work.to(random()).who({})),
        second: new Load(lanes, () => work.to(p2p(second)).who({})),
        third: new Load(lanes, () => work.to(p2p(third)).who({})),
        across: new Load(2, () => work.to(p2p(second)).ask({ text: third })),
        killed: new Load(lanes, () => work.to(p2p(first)).who({}, { timeoutMs: 200 })),
      };
      await Promise.all(Object.values(loads).map((load) => load.more(100)));
      await processes[0]?.kill();

      // Its connection is known to be broken as soon as a call says so; that it is not registered comes later, or just then.
      const isGone = ({ reason }: M3Error) => reason === "NO_CONNECTION" || reason === "NO_INSTANCE";
      await vi.waitFor(() => expect(loads.killed.errors.some(isGone)).toBe(true), { timeout: 20_000 });
      const before = loads.random.outcomes.length;
      await Promise.all([loads.random, loads.second, loads.third, loads.across].map((load) => load.more(200)));
      const later = loads.random.outcomes.slice(before + lanes);
      expect(later.map(({ answer }) => answer).filter((answer) => answer !== second && answer !== third)).toEqual([]);
      const leader = await who([work.to(single()).who({}, { timeoutMs: 200 })]).catch(({ reason }) => reason);
      expect([["NO_CONNECTION"], [second]].flat()).toContain(String(leader));

      await registered([second, third]);
      await Promise.all(Object.values(loads).map((load) => load.stop()));
      for (const load of [loads.second, loads.third, loads.across]) expect(load.errors).toEqual([]);
      expect(loads.random.errors.length).toBeLessThanOrEqual(lanes);
      expect(new Set(loads.random.errors.map(({ reason }) => reason))).toEqual(
        new Set(loads.random.errors.length > 0 ? ["UNKNOWN_OUTCOME"] : []),
      );
      const lost = loads.killed.errors.filter(({ reason }) => reason === "UNKNOWN_OUTCOME");
      expect(lost.length).toBeLessThanOrEqual(lanes);

      expect(await who([work.to(single()).who({})])).toEqual([second]);
      const movedTo = await who(keys.map((text) => work.whoHas({ text })));
      // Only the keys of the killed app have moved.
      expect(movedTo.map((app, index) => (owners[index] === first ? "moved" : app))).toEqual(
        owners.map((app) => (app === first ? "moved" : app)),
      );
      expect(new Set(movedTo)).toEqual(new Set([second, third]));
      expect(
        await work
          .to(p2p(first))
          .who({}, { timeoutMs: 100 })
          .catch(({ message }) => message),
      ).toContain(`app ${first} is not registered`);
      await work.to(broadcast()).tell({ text: "after" });
      await heard({ [second]: "all end after", [third]: "all odd end after" });
    });

    test("an app that is stopped in order under load loses no call", async () => {
      const loads = [
        new Load(lanes, () => work.to(random()).who({})),
        new Load(lanes, () => work.whoHas({ text: "key" })),
        new Load(lanes, () => work.to(single()).who({})),
      ];
      await Promise.all(loads.map((load) => load.more(100)));
      await processes[1]?.stop();
      await registered([third]);
      await Promise.all(loads.map((load) => load.more(100)));
      for (const load of loads) {
        const outcomes = await load.stop();
        expect(load.errors).toEqual([]);
        expect(outcomes.at(-1)?.answer).toBe(third);
      }
    });
  });
});
