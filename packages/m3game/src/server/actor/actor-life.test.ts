import { describe, expect, test } from "vitest";
import { ActorWorld, levelUp, Player, playerApp, playerServer } from "../../../test/support/actor-world.ts";
import { failure } from "../../../test/support/cluster.ts";
import { PlayerSer } from "../../../test/support/player-services.ts";
import { Actor, type ExitReason } from "./actor.ts";

/** Actors of a class that notes what is called. */
function notedActor() {
  const notes: string[] = [];
  class Noted extends Actor {
    static readonly kind = "Noted";
    override onInit() {
      notes.push(`init ${this.id}`);
    }
    override onSave() {
      notes.push("save");
    }
    override onExit(reason: ExitReason) {
      notes.push(`exit ${reason}`);
    }
  }
  return { notes, Noted };
}

describe("the life of an actor", () => {
  test("goes from onInit over turns and saves to onExit, once it is idle", async () => {
    const world = await ActorWorld.create();
    const { notes, Noted } = notedActor();
    const app = await world.start("1", playerApp(Noted), { ActiveTimeOut: 60, SaveTimeInter: 5 });
    await app.client(PlayerSer).do({ id: "7" });
    expect(notes).toEqual(["init 7"]);
    await world.pass(5100);
    expect(notes).toEqual(["init 7", "save"]);
    await world.pass(54_000);
    expect(app.actors(Noted).list()).toEqual(["7"]);
    await world.pass(1500);
    expect(notes).toEqual(["init 7", "save", "save", "exit idle"]);
    expect(app.actors(Noted).list()).toEqual([]);
  });

  test("saves once in an interval in which it had a turn, and not otherwise", async () => {
    const world = await ActorWorld.create();
    const { notes, Noted } = notedActor();
    const app = await world.start("1", playerApp(Noted), { SaveTimeInter: 5 });
    await app.client(PlayerSer).do({ id: "7" });
    await world.pass(20_000);
    expect(notes.filter((note) => note === "save")).toHaveLength(1);
    for (let call = 0; call < 5; call++) await app.client(PlayerSer).do({ id: "7" });
    await world.pass(5100);
    expect(notes.filter((note) => note === "save")).toHaveLength(2);
  });

  test("ticks in milliseconds where onTick is overridden, which does not keep it active but is saved", async () => {
    const world = await ActorWorld.create();
    let ticks = 0;
    class Ticking extends Player {
      static override readonly kind = "Ticking";
      override onTick() {
        ticks++;
        this.hero.data.level = ticks;
      }
    }
    const app = await world.start("1", playerApp(Ticking), { TickTimeInter: 200, ActiveTimeOut: 2, SaveTimeInter: 1 });
    await world.until(app.client(PlayerSer).do({ id: "7" }));
    await world.pass(1015);
    expect(ticks).toBeGreaterThanOrEqual(4);
    expect(ticks).toBeLessThanOrEqual(5);
    await world.pass(500);
    expect(await world.level(7n)).toBeGreaterThanOrEqual(4);
    await world.pass(2000);
    expect(app.actors(Ticking).list()).toEqual([]);
    const last = ticks;
    await world.pass(2000);
    expect(ticks).toBe(last);
    expect(await world.level(7n)).toBe(last);
  });

  test("ticks keep their rate, though each begins a little late", async () => {
    const world = await ActorWorld.create();
    let ticks = 0;
    class Steady extends Actor {
      override onTick() {
        ticks++;
      }
    }
    const app = await world.start("1", playerApp(Steady), { TickTimeInter: 55, ActiveTimeOut: 0 });
    await world.until(app.client(PlayerSer).do({ id: "7" }));
    await world.pass(5520);
    // A deadline is noticed up to 10 ms late.
    expect(ticks).toBeGreaterThanOrEqual(98);
    expect(ticks).toBeLessThanOrEqual(100);
  });

  test("an actor uses its app also outside of its turns", async () => {
    const world = await ActorWorld.create();
    const kept: Actor[] = [];
    class Curious extends Actor {}
    const keep = (self: Actor) => ({ number: kept.push(self) });
    const app = await world.start("1", playerApp(Curious, { do: keep }));
    await world.until(app.client(PlayerSer).do({ id: "7" }));
    const [self] = kept;
    expect(self?.app.id.app).toBe("test.w1.player.1");
    expect(() => self?.client(PlayerSer)).toThrow("has no turn now");
    expect(await world.until(Promise.resolve(self?.app.client(PlayerSer).do({ id: "8" })))).toMatchObject({
      number: 2,
    });
  });

  test("a slow tick is not made up for", async () => {
    const world = await ActorWorld.create();
    const opened = Promise.withResolvers<void>();
    let ticks = 0;
    class Slow extends Actor {
      override async onTick() {
        ticks++;
        await opened.promise;
      }
    }
    const app = await world.start("1", playerApp(Slow), { TickTimeInter: 100, ActiveTimeOut: 0 });
    await app.client(PlayerSer).do({ id: "7" });
    await world.pass(2000);
    expect(ticks).toBe(1);
    opened.resolve();
    await world.pass(80);
    expect(ticks).toBe(1);
    await world.pass(50);
    expect(ticks).toBe(2);
  });

  test("timers run as turns, are saved, and end with it", async () => {
    const world = await ActorWorld.create();
    const notes: string[] = [];
    class Timed extends Player {
      static override readonly kind = "Timed";
      override async onInit() {
        await super.onInit();
        this.after(100, () => void notes.push("once"));
        this.after(100, () => void notes.push("never")).cancel();
        const again = this.every(1000, async () => {
          notes.push(`again ${(this.hero.data.level += 1)}`);
          if (notes.length === 4) again.cancel();
        });
      }
    }
    const app = await world.start("1", playerApp(Timed), { ActiveTimeOut: 0, SaveTimeInter: 0.5 });
    await world.until(app.client(PlayerSer).do({ id: "7" }));
    await world.pass(3900);
    expect(notes).toEqual(["once", "again 1", "again 2", "again 3"]);
    expect(await world.level(7n)).toBe(3);
  });

  test("a timer waits for the turn that runs, and a cancelled one that waits does not run", async () => {
    const world = await ActorWorld.create();
    const opened = Promise.withResolvers<void>();
    const notes: string[] = [];
    const app = await world.start(
      "1",
      playerApp(Player, {
        do: async (self, { text }) => {
          if (text !== "slow") return {};
          const timer = self.after(10, () => void notes.push("cancelled"));
          self.after(20, () => void notes.push("timer"));
          await opened.promise;
          timer.cancel();
          notes.push("call");
          return {};
        },
      }),
    );
    const answer = app.client(PlayerSer).do({ id: "7", text: "slow" });
    await world.pass(200);
    expect(notes).toEqual([]);
    opened.resolve();
    await world.until(answer);
    await world.pass(20);
    expect(notes).toEqual(["call", "timer"]);
  });

  test("an actor leaves when it asks to, and hooks that throw keep it from nothing", async () => {
    const world = await ActorWorld.create();
    class Careless extends Player {
      static override readonly kind = "Careless";
      override onSave() {
        throw new Error("careless save");
      }
      override onExit() {
        throw new Error("careless exit");
      }
    }
    const app = await world.start("1", {
      func: "player",
      servers: [
        playerServer(Careless, {
          do: (self) => {
            self.hero.data.level = 9;
            self.exit();
            return {};
          },
        }),
      ],
    });
    await world.until(app.client(PlayerSer).do({ id: "7" }));
    await world.untilTrue(() => app.actors(Careless).list().length === 0);
    expect(await world.level(7n)).toBe(9);
    expect(world.log.at("error").map(({ fields }) => String(fields.error))).toEqual([
      "Error: careless save",
      "Error: careless exit",
    ]);
  });

  test("changes that the store refuses to take now are saved later", async () => {
    const world = await ActorWorld.create();
    const app = await world.start("1", playerApp(Player, levelUp), { SaveTimeInter: 1 });
    await world.until(app.client(PlayerSer).do({ id: "7" }));
    world.store.writes.push("down", "down");
    await world.untilTrue(() => world.store.writes.length === 1);
    expect(await world.level(7n)).toBe(0);
    await world.pass(5000);
    expect(await world.level(7n)).toBe(1);
  });

  test("always-active ids live without being called, and for good", async () => {
    const world = await ActorWorld.create();
    const { notes, Noted } = notedActor();
    const definition = { func: "player", servers: [playerServer(Noted, {}, ["a", "b"])] };
    const app = await world.start("1", definition, { ActiveTimeOut: 5 });
    await world.pass(20_000);
    expect(app.actors(Noted).list()).toEqual(["a", "b"]);
    expect(notes.filter((note) => note.startsWith("init") || note.startsWith("exit"))).toEqual(["init a", "init b"]);
  });
});

describe("activation", () => {
  test("that fails in onInit fails every call that waits, and the next one tries again", async () => {
    const world = await ActorWorld.create();
    let attempts = 0;
    const opened = Promise.withResolvers<void>();
    class Fragile extends Actor {
      override async onInit() {
        attempts++;
        if (attempts > 1) return;
        await opened.promise;
        throw new Error("not today");
      }
    }
    const app = await world.start("1", playerApp(Fragile));
    const calls = [1, 2, 3].map(() => failure(app.client(PlayerSer).do({ id: "7" })));
    await world.pass(50);
    opened.resolve();
    for (const error of await world.until(Promise.all(calls)))
      expect(error).toMatchObject({ reason: "HANDLER_FAILED" });
    expect(world.log.at("error").filter(({ fields }) => String(fields.error) === "Error: not today")).toHaveLength(3);
    expect(await world.until(app.client(PlayerSer).do({ id: "7", number: 1 }))).toMatchObject({ number: 1 });
    expect(attempts).toBe(2);
  });

  test("a store that fails keeps the actor from starting, and the next call tries again", async () => {
    const world = await ActorWorld.create();
    const app = await world.start("1", playerApp(Player, levelUp));
    world.store.reads.push("down");
    expect(await world.until(failure(app.client(PlayerSer).do({ id: "7" })))).toMatchObject({ code: 14 });
    expect(await world.level(7n)).toBeUndefined();
    expect(await world.until(app.client(PlayerSer).do({ id: "7" }))).toMatchObject({ number: 1 });
  });

  test("a row that can't be decoded keeps the actor from starting, and nothing overwrites it", async () => {
    const world = await ActorWorld.create();
    const app = await world.start("1", playerApp(Player, levelUp));
    await world.until(app.client(PlayerSer).do({ id: "7" }));
    await world.until(app.stop());
    const next = await world.start("1", playerApp(Player, levelUp));
    const writes = world.store.written.length;
    world.store.reads.push("undecodable");
    const failed = await world.until(failure(next.client(PlayerSer).do({ id: "7" })));
    expect(failed).toMatchObject({ code: 15, message: expect.stringContaining("can't be decoded") });
    await world.pass(20_000);
    expect(world.store.written.length).toBe(writes);
    expect(next.actors(Player).list()).toEqual([]);
    expect(await world.until(next.client(PlayerSer).do({ id: "7" }))).toMatchObject({ number: 2 });
  });

  test("with AutoCreate off only activate() activates", async () => {
    const world = await ActorWorld.create();
    const app = await world.start("1", playerApp(Player, levelUp), { AutoCreate: false });
    const other = await world.start("2", playerApp(Player, levelUp), { AutoCreate: false });
    const call = (from: typeof app) => world.until(from.client(PlayerSer).do({ id: "7" }));
    expect(await failure(call(app))).toMatchObject({ code: 5, message: expect.stringContaining("AutoCreate") });
    await world.until(app.actors(Player).activate("7"));
    await world.until(app.actors(Player).activate("7"));
    expect(await call(app)).toMatchObject({ number: 1 });
    expect(await call(other)).toMatchObject({ number: 2 });
    expect(app.actors(Player).list()).toEqual(["7"]);
    expect(await failure(world.until(other.actors(Player).activate("7")))).toMatchObject({ reason: "NOT_OWNER" });
  });

  test("an app tells of actors only of classes that it hosts", async () => {
    const world = await ActorWorld.create();
    const app = await world.start("1", playerApp(Player));
    class Other extends Actor {}
    expect(() => app.actors(Other)).toThrow(RangeError);
  });
});
