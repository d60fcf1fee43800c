import { describe, expect, test, vi } from "vitest";
import { ActorWorld, levelUp, Player, playerApp, playerServer } from "../../../test/support/actor-world.ts";
import { failure } from "../../../test/support/cluster.ts";
import { PlayerSer } from "../../../test/support/player-services.ts";
import { Rendezvous } from "../../mesh/rendezvous.ts";
import { hash, p2p, random, single } from "../../rpc/route.ts";
import { Actor } from "./actor.ts";
import { HeldElsewhere } from "./held-elsewhere.ts";

const apps = ["test.w1.player.1", "test.w1.player.2"];

/** A number from `from` on that the ring of both apps gives to one of them. */
function keyOf(app: string, from = 100): string {
  const ring = new Rendezvous(apps);
  for (let key = from; ; key++) if (apps[ring.owner(`${key}`)] === app) return `${key}`;
}

/** The same on a ring of three apps. */
function thirdOf(app: string): string {
  const all = [...apps, "test.w1.player.3"];
  const ring = new Rendezvous(all);
  for (let key = 100; ; key++) if (all[ring.owner(`${key}`)] === app) return `${key}`;
}

/** Actors that carry a number along when they move, and count their lives. */
function carryingActor() {
  const lives: string[] = [];
  class Carrying extends Player {
    static override readonly kind = "Carrying";
    carried = 0;
    override async onInit() {
      await super.onInit();
      lives.push(`init ${this.hero.data.level}`);
    }
    override onMoveOut() {
      lives.push("out");
      return new Uint8Array([this.carried]);
    }
    override onMoveIn(state: Uint8Array) {
      this.carried = state[0] ?? 0;
      lives.push(`in ${this.carried}`);
    }
    override onExit(reason: string) {
      lives.push(`exit ${reason}`);
    }
  }
  const app = playerApp(Carrying, {
    do: (self) => {
      self.carried++;
      self.hero.data.level++;
      return { number: self.carried, text: `${self.hero.data.level}` };
    },
  });
  return { lives, Carrying, app };
}

/** What the log says of actors that have moved. */
function movesOf({ log }: ActorWorld) {
  return log.at("debug").flatMap(({ message, fields }) => (message === "an actor has moved here" ? [fields] : []));
}

describe("an actor of two apps", () => {
  test("is active where it was called first; other routes find it there", async () => {
    const world = await ActorWorld.create();
    const { Carrying, app } = carryingActor();
    const [one, two] = [await world.start("1", app), await world.start("2", app)];
    const routes = [hash(keyOf("test.w1.player.2")), hash(keyOf("test.w1.player.1")), random(), single()];
    let calls = 0;
    for (const route of [...routes, ...routes]) {
      const answer = await world.until(one.client(PlayerSer).to(route).do({ id: "7" }));
      expect(answer.number).toBe(++calls);
    }
    expect(two.actors(Carrying).list()).toEqual(["7"]);
    expect(one.actors(Carrying).list()).toEqual([]);
  });

  test("is not run a second time when another actor that its handler calls is elsewhere", async () => {
    const world = await ActorWorld.create();
    let runs = 0;
    const holder = { app: "test.w1.player.2", address: "", incarnation: "", counter: 1n };
    const app = playerApp(Player, {
      do: () => {
        runs++;
        throw new HeldElsewhere("8", holder, undefined);
      },
    });
    const [one] = [await world.start("1", app), await world.start("2", app)];
    const calls = one.client(PlayerSer).to(hash(keyOf("test.w1.player.1")));
    const error = await world.until(failure(calls.do({ id: "7" })));
    expect(error).toMatchObject({ reason: "NOT_OWNER", notExecuted: false });
    expect(runs).toBe(1);
  });

  test("fails in onInit with the error of another actor that is elsewhere, and is not looked for there", async () => {
    const world = await ActorWorld.create();
    const holder = { app: "test.w1.player.2", address: "", incarnation: "", counter: 1n };
    const starts: string[] = [];
    class Calling extends Actor {
      static readonly kind = "Calling";
      override onInit() {
        starts.push(this.id);
        throw new HeldElsewhere("player/Calling/8", holder, 1000);
      }
    }
    const app = playerApp(Calling);
    const [one] = [await world.start("1", app), await world.start("2", app)];
    const calls = one.client(PlayerSer).to(hash(keyOf("test.w1.player.1")));
    const error = await world.until(failure(calls.do({ id: "7" }, { timeoutMs: 500 })));
    expect(error).toMatchObject({ reason: "NOT_OWNER", message: expect.stringContaining("player/Calling/8") });
    expect(starts).toEqual(["7"]);
  });

  test("pitfall 20: is activated once and never moves, whatever ring its callers see", async () => {
    const world = await ActorWorld.create();
    const { lives, app } = carryingActor();
    const [one, two] = [await world.start("1", app), await world.start("2", app)];
    const views = [
      one.client(PlayerSer).to(hash(keyOf("test.w1.player.1"))),
      two.client(PlayerSer).to(hash(keyOf("test.w1.player.2"))),
    ];
    const calls = [...Array(1000).keys()].map((call) => views[call % 2]?.do({ id: "7" }));
    const answers = await world.until(Promise.all(calls));
    expect(new Set(answers.map((answer) => answer?.number)).size).toBe(1000);
    expect(lives).toEqual(["init 0"]);
  });

  test("is asked for in the lease store once a second by an app that others send its calls to", async () => {
    const world = await ActorWorld.create();
    const told: string[] = [];
    const app = playerApp(Player, {
      tell: (self, { text }) => {
        told.push(`${self.id} ${text}`);
        return {};
      },
    });
    const [one, two] = [await world.start("1", app), await world.start("2", app)];
    await world.until(two.actors(Player).activate("7"));
    const acquire = vi.spyOn(world.hub.leases, "acquire");
    const calls = one.client(PlayerSer).to(hash(keyOf("test.w1.player.1")));
    for (let call = 0; call < 20; call++) {
      await world.until(calls.tell({ id: "7", text: `${call}` }));
      await world.untilTrue(() => told.length === call + 1);
    }
    expect(acquire).toHaveBeenCalledTimes(1);
    await world.pass(1000);
    await world.until(calls.tell({ id: "7", text: "20" }));
    await world.untilTrue(() => told.length === 21);
    expect(acquire).toHaveBeenCalledTimes(2);
    expect(told).toEqual([...Array(21).keys()].map((call) => `7 ${call}`));
  });

  test("is found when it has moved, or ended, since an app saw where it was: active once, the call run once", async () => {
    const world = await ActorWorld.create();
    const { lives, Carrying, app } = carryingActor();
    const [one, two] = [await world.start("1", app), await world.start("2", app)];
    const three = await world.start("3", app);
    const calls = one.client(PlayerSer).to(hash(thirdOf("test.w1.player.1")));
    await world.until(two.actors(Carrying).activate("7"));
    expect(await world.until(calls.do({ id: "7" }))).toMatchObject({ text: "1" });
    await world.until(two.actors(Carrying).handOver("7", three.id.app));
    expect(await world.until(calls.do({ id: "7" }))).toMatchObject({ text: "2" });
    expect(three.actors(Carrying).list()).toEqual(["7"]);

    await world.until(three.actors(Carrying).handOver("7", two.id.app));
    await world.until(two.stop());
    const inits = lives.filter((life) => life.startsWith("init")).length;
    expect(await world.until(calls.do({ id: "7" }))).toMatchObject({ text: "3" });
    const where = [one, three].flatMap((each) => each.actors(Carrying).list());
    expect(where).toEqual(["7"]);
    expect(lives.filter((life) => life.startsWith("init"))).toHaveLength(inits);
  });

  test("moves with what it carries to the app that an explicit P2P call names", async () => {
    const world = await ActorWorld.create();
    const { lives, Carrying, app } = carryingActor();
    const [one, two] = [await world.start("1", app), await world.start("2", app)];
    const to = (target: string) => one.client(PlayerSer).to(p2p(target)).do({ id: "7" });
    expect(await world.until(to(one.id.app))).toMatchObject({ number: 1 });
    const answers = await world.until(Promise.all([1, 2, 3, 4].map(() => to(two.id.app))));
    expect(answers.map(({ number }) => number)).toEqual([2, 3, 4, 5]);
    expect(lives).toEqual(["init 0", "out", "exit moved", "init 1", "in 1"]);
    expect(one.actors(Carrying).list()).toEqual([]);
    expect(two.actors(Carrying).list()).toEqual(["7"]);
    expect(await world.until(to(one.id.app))).toMatchObject({ number: 6 });
  });

  test("loses no call and no change while it is handed over again and again", async () => {
    const world = await ActorWorld.create();
    const { lives, Carrying, app } = carryingActor();
    const [one, two] = [await world.start("1", app), await world.start("2", app)];
    const numbers: number[] = [];
    let isOver = false;
    const caller = async (from: typeof one) => {
      for (let call = 0; call < 100; call++) {
        numbers.push(Number((await from.client(PlayerSer).to(random()).do({ id: "7" }, { timeoutMs: 60_000 })).text));
        await new Promise(setImmediate);
      }
    };
    const mover = async () => {
      for (let round = 0; !isOver; round++) {
        const [from, to] = round % 2 === 0 ? [one, two] : [two, one];
        const answered = numbers.length;
        await from
          .actors(Carrying)
          .handOver("7", to.id.app)
          .catch(() => {});
        // Moved again before any call has reached it, it could run from them for ever.
        while (numbers.length === answered && !isOver) await new Promise(setImmediate);
      }
    };
    const calling = Promise.all([caller(one), caller(two), caller(one), caller(two)]);
    const moving = mover();
    await world.until(calling);
    isOver = true;
    await world.until(moving);
    expect(numbers.toSorted((a, b) => a - b)).toEqual([...Array(400).keys()].map((number) => number + 1));
    expect(lives.length).toBeGreaterThan(10);
  });

  test("pitfall 21: can't be had by a third app while it is handed over", async () => {
    const world = await ActorWorld.create();
    const { lives, Carrying, app } = carryingActor();
    const [one, two, three] = [await world.start("1", app), await world.start("2", app), await world.start("3", app)];
    await world.until(one.client(PlayerSer).to(p2p(one.id.app)).do({ id: "7" }));
    let isOver = false;
    const thief = async () => {
      while (!isOver)
        await three
          .actors(Carrying)
          .activate("7")
          .catch(() => {});
    };
    const stealing = thief();
    await world.until(one.actors(Carrying).handOver("7", two.id.app));
    isOver = true;
    await world.until(stealing);
    expect(lives).toEqual(["init 0", "out", "exit moved", "init 1", "in 1"]);
    expect(two.actors(Carrying).list()).toEqual(["7"]);
    expect(three.actors(Carrying).list()).toEqual([]);
  });

  test("is not given to an app that is not there, and stays", async () => {
    const world = await ActorWorld.create();
    const one = await world.start("1", playerApp(Player, levelUp));
    await world.until(one.client(PlayerSer).do({ id: "7" }));
    const handed = world.until(failure(one.actors(Player).handOver("7", "test.w1.player.9")));
    expect(await handed).toMatchObject({ reason: "NO_INSTANCE" });
    expect(one.actors(Player).list()).toEqual(["7"]);
    const absent = world.until(failure(one.actors(Player).handOver("8", "test.w1.player.9")));
    expect(await absent).toMatchObject({ code: 14 });
  });

  test("moves too when its app has the claim but not the actor", async () => {
    const world = await ActorWorld.create();
    const opened = Promise.withResolvers<void>();
    let fails = true;
    class Fragile extends Player {
      static override readonly kind = "Fragile";
      override async onInit() {
        if (fails) throw new Error("not here");
        await opened.promise;
        await super.onInit();
      }
    }
    const app = playerApp(Fragile, { do: (self) => ({ number: (self.hero.data.level += 1) }) });
    const [one, two] = [await world.start("1", app), await world.start("2", app)];
    // The claim could not be given up: nobody but its app can have it.
    world.hub.leaseFaults.delay(one.id.app, { requestMs: 60_000, operations: ["release"] });
    await world.until(failure(one.client(PlayerSer).to(p2p(one.id.app)).do({ id: "7" })));
    await world.pass(11_000);
    fails = false;
    opened.resolve();
    world.hub.leaseFaults.restore(one.id.app);
    const there = two.client(PlayerSer).to(p2p(two.id.app));
    expect(await world.until(there.do({ id: "7" }, { timeoutMs: 60_000 }))).toMatchObject({ number: 1 });
  });
});

describe("a drain", () => {
  test("moves actors with their data to the ring's successor, and calls meanwhile arrive", async () => {
    const world = await ActorWorld.create();
    const { Carrying, app } = carryingActor();
    const one = await world.start("1", app);
    const ids = [...Array(20).keys()].map((id) => `${id + 1}`);
    for (const id of ids) await world.until(one.client(PlayerSer).do({ id }));
    const [two, three] = [await world.start("2", app), await world.start("3", app)];
    const calls = ids.map(async (id) => {
      const numbers: number[] = [];
      for (let call = 0; call < 20; call++) {
        numbers.push((await two.client(PlayerSer).do({ id })).number);
      }
      return numbers;
    });
    const stopped = one.stop();
    const results = await world.until(Promise.all(calls));
    await world.until(stopped);
    for (const numbers of results) expect(numbers).toEqual([...Array(20).keys()].map((call) => call + 2));
    const ring = new Rendezvous([two.id.app, three.id.app]);
    const of = (index: number) => ids.filter((id) => ring.owner(id) === index).sort();
    expect(two.actors(Carrying).list().toSorted()).toEqual(of(0));
    expect(three.actors(Carrying).list().toSorted()).toEqual(of(1));
    expect(world.log.at("error")).toEqual([]);
  });

  test("hands over all but the actor whose call does not end, and names that one when its time is over", async () => {
    const world = await ActorWorld.create();
    const app = playerApp(Player, { ...levelUp, again: () => new Promise(() => {}) });
    const options = { RebalanceTime: 0 };
    const [one, two] = [await world.start("1", app, options), await world.start("2", app, options)];
    const ids = [...Array(100).keys()].map((id) => `${id + 1}`);
    const there = two.client(PlayerSer).to(p2p(one.id.app));
    await world.until(Promise.all(ids.map((id) => there.do({ id }))));
    const endless = failure(there.again({ id: "101" }, { timeoutMs: 60_000 }));
    await world.untilTrue(() => one.inFlight === 1);
    const stopped = one.stop();
    await world.untilTrue(() => two.actors(Player).list().length === ids.length);
    expect(one.actors(Player).list()).toEqual(["101"]);
    expect(await world.until(two.client(PlayerSer).do({ id: "1" }))).toMatchObject({ number: 2 });
    expect(world.log.at("warn")).toEqual([]);
    await world.until(stopped);
    expect(world.log.at("warn")).toMatchObject([
      {
        message: "not all was done when the time to drain was over",
        fields: {
          calls: 1,
          methods: ["/m3test.PlayerSer/Again"],
          actors: 1,
          turns: [{ actor: "player/Player/101", turn: "/m3test.PlayerSer/Again" }],
        },
      },
    ]);
    expect(await endless).toMatchObject({ reason: "UNKNOWN_OUTCOME" });
    expect(await world.until(two.client(PlayerSer).do({ id: "101" }))).toMatchObject({ number: 1 });
  });

  test("that can't save its actors says so, and names them", async () => {
    const world = await ActorWorld.create();
    const [one, two] = [
      await world.start("1", playerApp(Player, levelUp)),
      await world.start("2", playerApp(Player, levelUp)),
    ];
    await world.until(two.client(PlayerSer).to(p2p(one.id.app)).do({ id: "7" }));
    world.store.writes.push(...Array<"down">(1000).fill("down"));
    await world.until(one.stop());
    const left = { calls: 0, methods: [], actors: 1, turns: [{ actor: "player/Player/7", turn: "" }], unsaved: 1 };
    const [late] = world.log.at("warn").filter(({ message }) => message.startsWith("not all was done"));
    expect(late?.fields).toMatchObject(left);
    world.store.writes.length = 0;
    expect(await world.until(two.client(PlayerSer).do({ id: "7" }))).toMatchObject({ number: 1 });
  });

  test("lets a handler that runs still call an actor that has left", async () => {
    const world = await ActorWorld.create();
    const opened = Promise.withResolvers<void>();
    const app = playerApp(Player, {
      ...levelUp,
      again: async (self, _request, context) => {
        await opened.promise;
        return { text: `${self.id}: ${(await context.client(PlayerSer).do({ id: "8" })).number}` };
      },
    });
    const [one, two] = [await world.start("1", app), await world.start("2", app)];
    const there = two.client(PlayerSer).to(p2p(one.id.app));
    await world.until(there.do({ id: "8" }));
    const slow = there.again({ id: "7" });
    await world.untilTrue(() => one.inFlight === 1);
    const stopped = one.stop();
    await world.untilTrue(() => two.actors(Player).list().includes("8"));
    opened.resolve();
    expect(await world.until(slow)).toMatchObject({ text: "7: 2" });
    await world.until(stopped);
    expect(two.actors(Player).list().toSorted()).toEqual(["7", "8"]);
  });

  test("hands on an actor that comes in meanwhile, with what its call has changed", async () => {
    const world = await ActorWorld.create();
    const opened = Promise.withResolvers<void>();
    let isOpen = false;
    class Slow extends Player {
      static override readonly kind = "Slow";
      override async onMoveOut() {
        if (!isOpen) await opened.promise;
        return super.onMoveOut();
      }
    }
    const app = playerApp(Slow, { do: (self) => ({ number: (self.hero.data.level += 1) }) });
    const [one, two] = [await world.start("1", app), await world.start("2", app)];
    await world.until(two.client(PlayerSer).to(p2p(two.id.app)).do({ id: "7" }));
    const moving = two.client(PlayerSer).to(p2p(one.id.app)).do({ id: "7" });
    await world.untilTrue(() => one.inFlight === 1);
    await world.pass(50);
    const stopped = one.stop();
    await world.pass(50);
    isOpen = true;
    opened.resolve();
    expect(await world.until(moving)).toMatchObject({ number: 2 });
    await world.until(stopped);
    expect(two.actors(Slow).list()).toEqual(["7"]);
    expect(await world.until(two.client(PlayerSer).do({ id: "7" }))).toMatchObject({ number: 3 });
    expect(world.log.at("error")).toEqual([]);
  });

  test("of the last app saves its actors", async () => {
    const world = await ActorWorld.create();
    const one = await world.start("1", playerApp(Player, levelUp));
    await world.until(one.client(PlayerSer).do({ id: "7" }));
    await world.until(one.stop());
    expect(await world.level(7n)).toBe(1);
    const next = await world.start("1", playerApp(Player, levelUp));
    expect(await world.until(next.client(PlayerSer).do({ id: "7" }))).toMatchObject({ number: 2 });
  });
});

describe("rebalancing", () => {
  test("moves actors once the ring has settled, those in a long turn later", async () => {
    const world = await ActorWorld.create();
    const opened = Promise.withResolvers<void>();
    const app = playerApp(Player, {
      ...levelUp,
      again: async () => {
        await opened.promise;
        return {};
      },
    });
    const one = await world.start("1", app, { RebalanceTime: 10 });
    const idle = keyOf("test.w1.player.2");
    const other = keyOf("test.w1.player.2", Number(idle) + 1);
    for (const id of [idle, other]) await world.until(one.client(PlayerSer).do({ id }));
    const slow = one.client(PlayerSer).to(p2p(one.id.app)).again({ id: other }, { timeoutMs: 60_000 });
    const two = await world.start("2", app, { RebalanceTime: 10 });
    await world.pass(8000);
    expect(two.actors(Player).list()).toEqual([]);
    await world.pass(4000);
    expect(two.actors(Player).list()).toEqual([idle]);
    opened.resolve();
    await world.until(slow);
    await world.pass(3000);
    expect(two.actors(Player).list().toSorted()).toEqual([idle, other].toSorted());
    expect(one.actors(Player).list()).toEqual([]);
    expect(await world.until(one.client(PlayerSer).do({ id: idle }))).toMatchObject({ number: 2 });
  });

  test("moves an actor that is never free: no call fails, and the log says for how long no turn could run", async () => {
    const world = await ActorWorld.create();
    const app = playerApp(Player, {
      do: async (self) => {
        await new Promise((resolve) => setTimeout(resolve, 20));
        return { number: (self.hero.data.level += 1) };
      },
    });
    const one = await world.start("1", app, { RebalanceTime: 1 });
    const id = keyOf("test.w1.player.2");
    const numbers: number[] = [];
    let isOver = false;
    const caller = async () => {
      while (!isOver) numbers.push((await one.client(PlayerSer).do({ id }, { timeoutMs: 60_000 })).number);
    };
    // One runs and two wait, all the time.
    const calling = Promise.all(Array.from({ length: 3 }, caller));
    await world.untilTrue(() => numbers.length > 10);
    const two = await world.start("2", app, { RebalanceTime: 1 });
    await world.untilTrue(() => two.actors(Player).list().includes(id));
    const moved = numbers.length;
    await world.untilTrue(() => numbers.length > moved + 10);
    isOver = true;
    await world.until(calling);
    expect(numbers.toSorted((a, b) => a - b)).toEqual(numbers.map((_, call) => call + 1));
    expect(movesOf(world)).toMatchObject([{ actor: `player/Player/${id}`, pausedMs: expect.any(Number) }]);
  });

  test("moves those first that were called longest ago", async () => {
    const world = await ActorWorld.create();
    const app = playerApp(Player, levelUp);
    const one = await world.start("1", app, { RebalanceTime: 1 });
    const first = keyOf("test.w1.player.2");
    const second = keyOf("test.w1.player.2", Number(first) + 1);
    for (const id of [first, second, first]) {
      await world.until(one.client(PlayerSer).do({ id }));
      await world.pass(100);
    }
    const two = await world.start("2", app, { RebalanceTime: 1 });
    await world.untilTrue(() => two.actors(Player).list().length === 2);
    const actors = [second, first].map((id) => ({ actor: `player/Player/${id}` }));
    await world.untilTrue(() => movesOf(world).length === 2);
    expect(movesOf(world)).toMatchObject(actors);
  });

  test("leaves actors alone that belong to an instance of an older version", async () => {
    const world = await ActorWorld.create();
    const app = playerApp(Player, levelUp);
    const one = await world.start("1", { ...app, version: "1.10.0" }, { RebalanceTime: 10 });
    const id = keyOf("test.w1.player.2");
    await world.until(one.client(PlayerSer).do({ id }));
    const older = await world.start("2", { ...app, version: "1.9.0" }, { RebalanceTime: 10 });
    await world.pass(15_000);
    expect(one.actors(Player).list()).toEqual([id]);
    await world.until(older.stop());
    const same = await world.start("2", { ...app, version: "1.10.0" }, { RebalanceTime: 10 });
    await world.pass(15_000);
    expect(same.actors(Player).list()).toEqual([id]);
  });

  test("moves always-active actors too, each to the app that owns its id", async () => {
    const world = await ActorWorld.create();
    class Daemon extends Actor {}
    const [first, second] = [keyOf("test.w1.player.1"), keyOf("test.w1.player.2")];
    const app = { func: "player", servers: [playerServer(Daemon, {}, [first, second])] };
    const one = await world.start("1", app);
    await world.pass(2000);
    expect(one.actors(Daemon).list()).toEqual([first, second]);
    const two = await world.start("2", app);
    await world.pass(15_000);
    expect(one.actors(Daemon).list()).toEqual([first]);
    expect(two.actors(Daemon).list()).toEqual([second]);
    await world.until(two.stop());
    await world.pass(3000);
    expect(one.actors(Daemon).list().toSorted()).toEqual([first, second].toSorted());
  });
});
