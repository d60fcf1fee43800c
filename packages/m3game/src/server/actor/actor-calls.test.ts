import { create } from "@bufbuild/protobuf";
import { describe, expect, test } from "vitest";
import { ActorWorld, levelUp, Player, playerApp, playerServer } from "../../../test/support/actor-world.ts";
import { failure } from "../../../test/support/cluster.ts";
import { AskSchema, ClubSer, PlayerSer } from "../../../test/support/player-services.ts";
import { reasonError } from "../../meta/error.ts";
import type { Client } from "../../rpc/client.ts";
import type { Interceptor } from "../../rpc/interceptor.ts";
import { Actor } from "./actor.ts";
import { actor } from "./actor-server.ts";

class Plain extends Actor {
  seen: number[] = [];
}

/** A gate that a handler waits at. */
function gate() {
  const entered = Promise.withResolvers<void>();
  const opened = Promise.withResolvers<void>();
  const pass = async () => {
    entered.resolve();
    await opened.promise;
  };
  return { pass, entered: entered.promise, open: () => opened.resolve() };
}

describe("calls of one actor", () => {
  test("run one at a time in the order in which they were made, and those of others meanwhile", async () => {
    const world = await ActorWorld.create();
    const slow = gate();
    const order: string[] = [];
    const app = await world.start(
      "1",
      playerApp(Plain, {
        do: async (self, { number }) => {
          if (self.id === "7" && number === 0) await slow.pass();
          order.push(`${self.id} ${number}`);
          return {};
        },
      }),
    );
    const client = app.client(PlayerSer);
    const calls = [...Array(20).keys()].map((number) => client.do({ id: "7", number }));
    const other = client.do({ id: "8", number: 0 });
    await slow.entered;
    await world.until(other);
    expect(order).toEqual(["8 0"]);
    slow.open();
    await world.until(Promise.all(calls));
    expect(order).toEqual(["8 0", ...[...Array(20).keys()].map((number) => `7 ${number}`)]);
  });

  test("more than MaxReqChanSize that wait are refused; callers that have left leave room", async () => {
    const world = await ActorWorld.create();
    const slow = gate();
    const runs: number[] = [];
    const app = await world.start(
      "1",
      playerApp(Plain, {
        do: async (_self, { number }) => {
          if (number === 0) await slow.pass();
          runs.push(number);
          return { number };
        },
      }),
      { MaxReqChanSize: 2 },
    );
    const client = app.client(PlayerSer);
    const left = new AbortController();
    const first = client.do({ id: "7" });
    await slow.entered;
    const leaving = failure(client.do({ id: "7", number: 1 }, { signal: left.signal }));
    const second = client.do({ id: "7", number: 2 });
    const refused = failure(client.do({ id: "7", number: 3 }, { timeoutMs: 100 }));
    expect(await world.until(refused)).toMatchObject({ reason: "OVERLOADED", code: 8 });
    left.abort();
    expect(await leaving).toMatchObject({ reason: "CANCELLED" });
    const fourth = client.do({ id: "7", number: 4 });
    await world.pass(20);
    slow.open();
    await world.until(Promise.all([first, second, fourth]));
    expect(runs).toEqual([0, 2, 4]);
  });

  test("those that an interceptor refuses, or holds back, take no room and no turn", async () => {
    const world = await ActorWorld.create();
    const [slow, held] = [gate(), gate()];
    const limiting: Interceptor = async (call, next) => {
      if (call.side === "server" && call.metadata.has("refuse")) throw reasonError("RATE_LIMITED", "too many");
      if (call.side === "server" && call.metadata.has("hold")) await held.pass();
      return next();
    };
    const handlers = {
      do: async (_self: Plain, { number }: { number: number }) => {
        if (number === 0) await slow.pass();
        return { number };
      },
    };
    const app = await world.start("1", playerApp(Plain, handlers, { interceptors: [limiting] }), { MaxReqChanSize: 1 });
    const client = app.client(PlayerSer);
    const holding = client.do({ id: "7", number: 3 }, { metadata: { hold: "1" } });
    await world.until(held.entered);
    const first = client.do({ id: "7" });
    await world.until(slow.entered);
    for (let call = 0; call < 5; call++) {
      const refused = client.do({ id: "7" }, { metadata: { refuse: "1" }, timeoutMs: 10 });
      expect(await world.until(failure(refused))).toMatchObject({ reason: "RATE_LIMITED" });
    }
    const second = client.do({ id: "7", number: 2 });
    await world.pass(20);
    slow.open();
    expect(await world.until(Promise.all([first, second]))).toMatchObject([{ number: 0 }, { number: 2 }]);
    held.open();
    expect(await world.until(holding)).toMatchObject({ number: 3 });
  });

  test("one that waited longer than MaxReqWaitTime is dropped, at that time", async () => {
    const world = await ActorWorld.create();
    const slow = gate();
    const runs: number[] = [];
    const drops: unknown[] = [];
    const dropping: Interceptor = async (call, next) => {
      try {
        return await next();
      } catch (error) {
        if (call.side === "server") drops.push({ at: Math.floor(performance.now() / 100), error });
        throw error;
      }
    };
    const handlers = {
      do: async (_self: Plain, { number }: { number: number }) => {
        if (number === 0) await slow.pass();
        runs.push(number);
        return {};
      },
    };
    const app = await world.start("1", playerApp(Plain, handlers, { interceptors: [dropping] }), { MaxReqWaitTime: 2 });
    const client = app.client(PlayerSer);
    const first = client.do({ id: "7" }, { timeoutMs: 60_000 });
    await slow.entered;
    const second = failure(client.do({ id: "7", number: 1 }, { timeoutMs: 3500 }));
    const due = Math.floor(performance.now() / 100) + 20;
    await world.pass(1900);
    expect(drops).toEqual([]);
    await world.pass(200);
    expect(drops).toMatchObject([
      { at: due, error: { reason: "OVERLOADED", message: expect.stringContaining("MaxReqWaitTime") } },
    ]);
    // The client tries again until its deadline.
    expect(await world.until(second)).toMatchObject({ reason: "DEADLINE" });
    slow.open();
    await world.until(first);
    await world.pass(100);
    expect(runs).toEqual([0]);
  });

  test("an expired or cancelled one does not run, and its interceptors end", async () => {
    const world = await ActorWorld.create();
    const slow = gate();
    const runs: number[] = [];
    let inside = 0;
    const counting: Interceptor = async (call, next) => {
      if (call.side === "client") return next();
      inside++;
      try {
        return await next();
      } finally {
        inside--;
      }
    };
    const handlers = {
      do: async (_self: Plain, { number }: { number: number }) => {
        if (number === 0) await slow.pass();
        runs.push(number);
        return {};
      },
    };
    const app = await world.start("1", playerApp(Plain, handlers, { interceptors: [counting] }));
    const client = app.client(PlayerSer);
    const left = new AbortController();
    const first = client.do({ id: "7" }, { timeoutMs: 60_000 });
    await slow.entered;
    const expiring = failure(client.do({ id: "7", number: 1 }, { timeoutMs: 500 }));
    const leaving = failure(client.do({ id: "7", number: 2 }, { signal: left.signal, timeoutMs: 60_000 }));
    await world.pass(1000);
    left.abort();
    expect(await expiring).toMatchObject({ reason: "DEADLINE" });
    expect(await leaving).toMatchObject({ reason: "CANCELLED" });
    slow.open();
    await world.until(first);
    await world.until(client.do({ id: "7", number: 3 }));
    expect(runs).toEqual([0, 3]);
    expect(inside).toBe(0);
  });

  test("a caller that left while its call ran blocks nobody", async () => {
    const world = await ActorWorld.create();
    const slow = gate();
    const app = await world.start(
      "1",
      playerApp(Player, {
        ...levelUp,
        any: async () => {
          await slow.pass();
          return { text: "nobody hears this" };
        },
      }),
      { SaveTimeInter: 1, ActiveTimeOut: 10 },
    );
    const client = app.client(PlayerSer);
    const left = failure(client.any({}, { metadata: { actorid: "7" }, timeoutMs: 200 }));
    await world.until(slow.entered);
    expect(await world.until(left)).toMatchObject({ reason: "DEADLINE" });
    const next = client.do({ id: "7" });
    await world.pass(100);
    slow.open();
    expect(await world.until(next)).toMatchObject({ number: 1 });
    await world.pass(12_000);
    expect(await world.level(7n)).toBe(1);
    expect(app.actors(Player).list()).toEqual([]);
  });

  test("a response is encoded before the next turn changes what it holds", async () => {
    const world = await ActorWorld.create();
    const release = gate();
    const delaying: Interceptor = async (call, next) => {
      const response = await next();
      if (call.side === "server" && call.metadata.get("slow") === "1") await release.pass();
      return response;
    };
    class Holder extends Actor {
      readonly answer = create(AskSchema);
    }
    const handlers = {
      do: (self: Holder) => {
        self.answer.number++;
        return self.answer;
      },
      any: async (self: Holder) => {
        self.answer.number++;
        return self.answer;
      },
    };
    const app = await world.start("1", playerApp(Holder, handlers, { interceptors: [delaying] }));
    const client = app.client(PlayerSer);
    const first = client.do({ id: "7" }, { metadata: { slow: "1" } });
    const second = client.any({}, { metadata: { slow: "1", actorid: "7" } });
    await release.entered;
    expect(await world.until(client.do({ id: "7" }))).toMatchObject({ number: 3 });
    release.open();
    expect(await world.until(first)).toMatchObject({ number: 1 });
    expect(await world.until(second)).toMatchObject({ number: 2 });
  });

  test("a handler that throws, at once or later, fails its call alone", async () => {
    const world = await ActorWorld.create();
    const app = await world.start(
      "1",
      playerApp(Plain, {
        do: () => {
          throw new Error("at once");
        },
        again: async () => {
          throw new Error("later");
        },
      }),
    );
    const client = app.client(PlayerSer);
    expect(await world.until(failure(client.do({ id: "7" })))).toMatchObject({ reason: "HANDLER_FAILED" });
    expect(await world.until(failure(client.again({ id: "7" })))).toMatchObject({ reason: "HANDLER_FAILED" });
    expect(await world.until(client.any({ text: "fine" }, { metadata: { actorid: "7" } }))).toMatchObject({
      text: "fine",
    });
  });

  test("the metadata key names the actor before the request does, and one of them must", async () => {
    const world = await ActorWorld.create();
    const app = await world.start("1", playerApp(Plain, { do: (self) => ({ text: self.id }) }));
    const client = app.client(PlayerSer);
    expect(await world.until(client.do({ id: "7" }, { metadata: { actorid: "8" } }))).toMatchObject({ text: "8" });
    expect(await world.until(client.do({ id: "7" }))).toMatchObject({ text: "7" });
    expect(await world.until(failure(client.any({})))).toMatchObject({
      reason: "BAD_REQUEST",
      message: expect.stringContaining("actorid"),
    });
  });

  test("two services share the actors of one class", async () => {
    const world = await ActorWorld.create();
    const clubSer = actor(ClubSer, Player, {
      do: (self) => ({ number: self.hero.data.level }),
      again: () => ({}),
      tell: () => ({}),
      any: () => ({}),
    });
    const app = await world.start("1", { func: "player", servers: [playerServer(Player, levelUp), clubSer] });
    await world.until(app.client(PlayerSer).do({ id: "7" }));
    const club = app.client({ service: ClubSer, func: "player" });
    expect(await world.until(club.do({ id: "7" }))).toMatchObject({ number: 1 });
  });
});

describe("the client of an actor", () => {
  test("belongs to the turn: it throws outside of one, and its calls end with it", async () => {
    const world = await ActorWorld.create();
    let kept: Client<typeof PlayerSer> | undefined;
    let self: Plain | undefined;
    const app = await world.start(
      "1",
      playerApp(Plain, {
        do: async (plain) => {
          self = plain;
          kept = plain.client(PlayerSer);
          return await kept.any({ text: "inner" }, { metadata: { actorid: "other" } });
        },
      }),
    );
    expect(await world.until(app.client(PlayerSer).do({ id: "7" }))).toMatchObject({ text: "inner" });
    expect(() => self?.client(PlayerSer)).toThrow(expect.objectContaining({ reason: "CONTEXT_ENDED" }));
    expect(await failure(kept?.do({ id: "8" }) ?? Promise.resolve())).toMatchObject({ reason: "CONTEXT_ENDED" });
  });

  test("a chain of calls that comes back fails at once and names the chain, through two apps", async () => {
    const world = await ActorWorld.create();
    const toClub = { do: async (self: Plain) => await self.client(ClubSer).do({ id: `c${self.id}` }) };
    const player = await world.start("1", playerApp(Plain, toClub));
    class Club extends Actor {
      static readonly kind = "Club";
    }
    const clubSer = actor(ClubSer, Club, {
      do: async (_club, request, ctx) => await ctx.client(PlayerSer).do({ id: request.id.slice(1) }),
      again: () => ({}),
      tell: () => ({}),
      any: () => ({}),
    });
    await world.start("1", { func: "club", servers: [clubSer] });
    const error = await world.until(failure(player.client(PlayerSer).do({ id: "7" }, { timeoutMs: 60_000 })));
    expect(error).toMatchObject({
      reason: "CALL_CYCLE",
      message: expect.stringContaining("player/Plain/7 -> club/Club/c7 -> player/Plain/7"),
    });
    expect(performance.now()).toBeLessThan(10_000);
  });

  test("a reentrant method runs while its actor waits, a one-way call after that", async () => {
    const world = await ActorWorld.create();
    const notes: string[] = [];
    const app = await world.start(
      "1",
      playerApp(Plain, {
        do: async (self) => {
          await self.client(PlayerSer).tell({ id: self.id });
          const answer = await self.client(PlayerSer).again({ id: self.id, text: "nested" });
          notes.push("do");
          return answer;
        },
        again: async (_self, request) => {
          notes.push("again");
          return request;
        },
        tell: () => {
          notes.push("tell");
          return {};
        },
      }),
    );
    expect(await world.until(app.client(PlayerSer).do({ id: "7" }))).toMatchObject({ text: "nested" });
    await world.pass(20);
    expect(notes).toEqual(["again", "do", "tell"]);
  });
});

describe("a one-way call", () => {
  test("begins a chain of its own: what comes back from it waits for the turn that made it, and is no circle", async () => {
    const world = await ActorWorld.create();
    const slow = gate();
    const notes: string[] = [];
    const answered = Promise.withResolvers<unknown>();
    const app = await world.start(
      "1",
      playerApp(Plain, {
        do: async (self) => {
          await self.client(PlayerSer).tell({ id: "told" });
          await slow.pass();
          notes.push("do");
          return {};
        },
        tell: async (self) => {
          notes.push("tell");
          const answer = self.client(PlayerSer).any({ text: "back" }, { metadata: { actorid: "7" } });
          answer.then(answered.resolve, answered.resolve);
          await answer;
          return {};
        },
        any: (_self, request) => {
          notes.push("any");
          return request;
        },
      }),
    );
    const call = app.client(PlayerSer).do({ id: "7" });
    await world.until(slow.entered);
    await world.untilTrue(() => notes.includes("tell"));
    await world.pass(20);
    slow.open();
    await world.until(call);
    expect(await world.until(answered.promise)).toMatchObject({ text: "back" });
    expect(notes).toEqual(["tell", "do", "any"]);
  });
});

describe("a turn that takes too long", () => {
  test("is named in the log, once", async () => {
    const world = await ActorWorld.create();
    const slow = gate();
    const app = await world.start(
      "1",
      playerApp(Plain, {
        do: async () => {
          await slow.pass();
          return {};
        },
      }),
      { StuckTurnTime: 3 },
    );
    const answer = app.client(PlayerSer).do({ id: "7" }, { timeoutMs: 60_000 });
    await world.pass(2000);
    expect(world.log.at("error")).toEqual([]);
    await world.pass(5000);
    expect(world.log.at("error")).toMatchObject([
      { message: "a turn takes too long", fields: { actor: "player/Plain/7", turn: "/m3test.PlayerSer/Do" } },
    ]);
    slow.open();
    await world.until(answer);
  });

  test("has its actor given up after EvictTurnTime: the caller is told, the next call gets a new one, its writes are refused", async () => {
    const world = await ActorWorld.create();
    const slow = gate();
    const late = Promise.withResolvers<unknown>();
    const app = await world.start(
      "1",
      playerApp(Player, {
        ...levelUp,
        any: async (self) => {
          self.hero.data.level = 99;
          await slow.pass();
          late.resolve(await failure(self.hero.save()));
          return {};
        },
      }),
      { EvictTurnTime: 4, SaveTimeInter: 1 },
    );
    const client = app.client(PlayerSer);
    await world.until(client.do({ id: "7" }));
    const stuck = failure(client.any({}, { metadata: { actorid: "7" }, timeoutMs: 60_000 }));
    await world.until(slow.entered);
    expect(await world.until(stuck)).toMatchObject({ reason: "UNKNOWN_OUTCOME" });
    const next = client.do({ id: "7" });
    await world.until(next);
    slow.open();
    expect(await world.until(late.promise)).toMatchObject({ reason: "NOT_OWNER" });
    await world.pass(3000);
    expect(await world.level(7n)).toBeLessThan(99);
    expect(app.actors(Player).list()).toEqual(["7"]);
  });
});
