import { isDeepStrictEqual } from "node:util";
import { clone, type DescField } from "@bufbuild/protobuf";
import fc from "fast-check";
import { expect, test } from "vitest";
import { EntityWorld, type HeroHandle, TestHost } from "../../test/support/entity-world.ts";
import { type Hero, HeroFlag, HeroSchema } from "../../test/support/hero.ts";
import { type Mutation, mutate, mutations } from "../../test/support/hero-mutations.ts";
import type { Fault } from "../../test/support/scripted-db.ts";
import { isM3Error } from "../meta/error.ts";
import { silentLogger } from "../plugin/log.ts";
import { readField } from "./field-value.ts";
import { SaveQueue } from "./save-queue.ts";

type Step =
  | { readonly kind: "mutate"; readonly mutation: Mutation }
  /** Saves or schedules, with what happens to the calls that follow. */
  | {
      readonly kind: "save" | "schedule" | "queued";
      readonly writes: readonly Fault[];
      readonly reads: readonly ("down" | undefined)[];
    }
  /** Writes that were late arrive. */
  | { readonly kind: "deliver" }
  | { readonly kind: "tick" }
  /** Another activation of the actor loads it. */
  | { readonly kind: "load" };

const writes = fc.array(fc.constantFrom<Fault>("down", "lost", "late"), { maxLength: 3 });
const reads = fc.array(fc.constantFrom<"down" | undefined>("down", undefined), { maxLength: 1 });
const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: fc.record({ kind: fc.constant("mutate" as const), mutation: mutations }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constantFrom("save", "schedule", "queued"), writes, reads }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom("deliver", "tick", "load") }) },
  ),
  { maxLength: 40 },
);

/** Fields whose maps may be encoded in another order although they are equal. */
const withMaps = new Set<number>([HeroFlag.gear, HeroFlag.bag, HeroFlag.slots, HeroFlag.counts, HeroFlag.item]);

class Run {
  readonly world: EntityWorld;
  readonly queue: SaveQueue;
  hero: HeroHandle;
  /** What the entity has to be like: changed in the same way. */
  model: Hero;
  /** What the store may have: what it had for certain, and everything since whose fate nobody knows. */
  #candidates: Hero[];
  #counter = 1n;

  private constructor(world: EntityWorld, hero: HeroHandle) {
    this.world = world;
    this.queue = new SaveQueue({ db: world.db, log: silentLogger, intervalMs: 10 });
    this.hero = hero;
    this.model = clone(HeroSchema, hero.data);
    this.#candidates = [clone(HeroSchema, this.model)];
  }

  static async start(): Promise<Run> {
    const world = await EntityWorld.create();
    return new Run(world, await world.stored(1n, new TestHost("hero", 1n)));
  }

  async step(step: Step): Promise<void> {
    switch (step.kind) {
      case "mutate":
        mutate(this.hero.data, step.mutation);
        mutate(this.model, step.mutation);
        return this.#checkDirty();
      case "save":
      case "schedule":
      case "queued":
        return this.#save(step.kind, step);
      case "deliver":
        return this.world.store.deliver();
      case "tick":
        return this.world.clock.advance(5000);
      case "load":
        return this.#load();
    }
  }

  /** All faults are over: everything must be written, and found again as it is. */
  async end(): Promise<void> {
    const { store } = this.world;
    store.writes.length = 0;
    store.reads.length = 0;
    await store.deliver();
    await this.#withTime(this.queue.flush());
    await this.hero.save();
    await store.deliver();
    expect(this.hero.isDirty).toBe(false);
    expect(this.hero.data).toEqual(this.model);
    expect(await this.world.row(1n)).toEqual(this.model);
    await this.queue[Symbol.asyncDispose]();
  }

  async #save(
    kind: "save" | "schedule" | "queued",
    { writes, reads }: Extract<Step, { writes: unknown }>,
  ): Promise<void> {
    this.world.store.writes.splice(0, Number.POSITIVE_INFINITY, ...writes);
    this.world.store.reads.splice(0, Number.POSITIVE_INFINITY, ...reads);
    const attempted = clone(HeroSchema, this.model);
    this.#candidates.push(attempted);
    if (kind === "schedule") return this.queue.schedule(this.hero);
    try {
      if (kind === "queued") await this.#withTime(this.queue.save(this.hero));
      else await this.hero.save();
    } catch (error) {
      // A failure that says so leaves everything to be saved again.
      expect(isM3Error(error) && ["", "UNKNOWN_OUTCOME"].includes(error.reason)).toBe(true);
      return;
    }
    this.#candidates = [attempted];
    expect(this.hero.dirtyFlags).toEqual([]);
    expect(await this.world.row(1n)).toEqual(this.model);
  }

  /** Waits for something of the queue, which may have to wait itself before it tries again. */
  async #withTime(done: Promise<void>): Promise<void> {
    const isDone = done.then(() => true);
    for (let turns = 0; turns < 10_000; turns++) {
      if (await Promise.race([isDone, new Promise((resolve) => setImmediate(resolve, false))])) return;
      this.world.clock.advance(5000);
    }
    throw new Error("the queue hangs");
  }

  /** Every field that differs from what the store has is dirty; no other is, but for the order of maps. */
  #checkDirty(): void {
    const [confirmed] = this.#candidates;
    if (confirmed === undefined || this.#candidates.length > 1) return;
    const dirty = new Set<number>(this.hero.dirtyFlags);
    const differs = (field: DescField) => !isDeepStrictEqual(readField(confirmed, field), readField(this.model, field));
    for (const field of HeroSchema.fields) {
      if (differs(field)) expect(dirty).toContain(field.number);
      else if (!withMaps.has(field.number)) expect(dirty).not.toContain(field.number);
    }
  }

  async #load(): Promise<void> {
    this.#counter += 1n;
    this.world.store.writes.length = 0;
    this.world.store.reads.length = 0;
    this.hero = await this.world.stored(1n, new TestHost("hero", this.#counter));
    expect(this.#candidates).toContainEqual(this.hero.data);
    // What is still on its way belongs to an owner of before.
    await this.world.store.deliver();
    expect(await this.world.row(1n)).toEqual(this.hero.data);
    this.model = clone(HeroSchema, this.hero.data);
    this.#candidates = [clone(HeroSchema, this.model)];
  }
}

test("whatever is changed, at any depth, is saved as it is, whatever happens to the calls", {
  timeout: 120_000,
}, async () => {
  await fc.assert(
    fc.asyncProperty(steps, async (sequence) => {
      const run = await Run.start();
      for (const step of sequence) await run.step(step);
      await run.end();
    }),
    { numRuns: 300 },
  );
});
