import * as fc from "fast-check";
import { expect, test } from "vitest";
import type { LeaseFixture, TestSession } from "./fixture.ts";
import { LeaseModel } from "./model.ts";

const apps = ["1", "2", "3"] as const;
const ids = ["a", "b", "c"] as const;

const app = fc.constantFrom(...apps);
const id = fc.constantFrom(...ids);

const step = fc.oneof(
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("open" as const), app }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("close" as const), app }) },
  {
    weight: 6,
    arbitrary: fc.record({ kind: fc.constant("acquire" as const), app, ids: fc.uniqueArray(id, { minLength: 1 }) }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant("transfer" as const), app, id, target: app, isStale: fc.boolean() }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("release" as const), app, id, isStale: fc.boolean() }) },
);

type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

export function modelTests(fixture: LeaseFixture): void {
  test("any sequence of operations does what a simple model does", { timeout: 120_000 }, async () => {
    const lease = await fixture.lease();
    let run = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 40 }), async (steps) => {
        const world = new World(fixture, lease, `${run++}`);
        try {
          for (const next of steps) await world.take(next);
          await world.check();
        } finally {
          await world.end();
        }
      }),
      { numRuns: 40 },
    );
  });
}

/** One run: the store and the model beside each other. */
class World {
  readonly #fixture: LeaseFixture;
  readonly #lease: TestSession["lease"];
  readonly #name: string;
  readonly #model = new LeaseModel();
  /** The newest session of each app, closed or not. */
  readonly #sessions = new Map<string, TestSession>();

  constructor(fixture: LeaseFixture, lease: TestSession["lease"], name: string) {
    this.#fixture = fixture;
    this.#lease = lease;
    this.#name = name;
  }

  async take(step: Step): Promise<void> {
    const session = this.#sessions.get(step.app);
    if (step.kind === "open") return this.#open(step.app, session);
    if (session === undefined) return;
    const { store } = session;
    if (step.kind === "close") {
      await store.close();
      this.#model.close(step.app);
    } else if (step.kind === "acquire") {
      const results = await store.acquire(step.ids.map((name) => this.#id(name)));
      for (const [index, name] of step.ids.entries()) this.#model.acquired(step.app, name, results[index]);
    } else {
      const { id, isStale } = step;
      const counter = this.#model.counterFor(step.app, id, isStale);
      if (step.kind === "transfer") {
        const result = await store.transfer(this.#id(id), counter, this.#app(step.target));
        this.#model.transferred({ app: step.app, id, counter, target: step.target }, result);
      } else {
        await store.release(this.#id(id), counter);
        this.#model.release(id, counter);
      }
    }
  }

  /** The store's holders are the model's. */
  async check(): Promise<void> {
    for (const id of ids) {
      const holder = await this.#lease.holder(this.#id(id));
      const expected = this.#model.holder(id);
      const shown = holder && { app: holder.app, counter: holder.counter };
      expect(shown).toEqual(expected && { app: this.#app(expected.app), counter: expected.counter });
    }
  }

  async end(): Promise<void> {
    for (const { store } of this.#sessions.values()) await store.close();
  }

  async #open(app: string, session: TestSession | undefined): Promise<void> {
    if (!this.#model.isOpen(app)) {
      this.#sessions.set(app, await this.#fixture.open(`${this.#name}-${app}`, { lease: this.#lease }));
      this.#model.open(app);
      return;
    }
    const request = { app: this.#app(app), incarnation: "other", address: "", ttlMs: 1000 };
    const { incarnation } = session ?? {};
    expect(await this.#lease.openSession(request)).toMatchObject({ status: "taken", holder: { incarnation } });
  }

  #id(name: string): string {
    return this.#fixture.id(`${this.#name}/${name}`);
  }

  #app(name: string): string {
    return this.#fixture.app(`${this.#name}-${name}`);
  }
}
