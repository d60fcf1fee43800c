import { setTimeout as sleep } from "node:timers/promises";
import { type App, type Client, hash, isM3Error, p2p, type Route, random } from "m3game";
import { CounterSer } from "../gen/chaos_pb.js";
import { monotonicMs } from "../monotonic.ts";
import { appCount, counterCount } from "../plan.ts";
import { Random } from "../random.ts";
import type { CallRecord, FinalState, Turn } from "./messages.ts";

const workers = 16;
const callTimeoutMs = 1500;

interface Answer {
  readonly turn: Turn;
  readonly value: number;
}

/** Calls counters at random. */
export class Driver {
  readonly #app: App;

  constructor(app: App) {
    this.#app = app;
  }

  /** Resolves with all calls that were made, after `until` on the monotonic clock. */
  async load(seed: number, until: number): Promise<CallRecord[]> {
    const calls: CallRecord[] = [];
    const work = async (worker: number) => {
      const chance = new Random(seed * workers + worker);
      for (let call = 0; monotonicMs() < until; call++) {
        calls.push(await this.#call(chance, `${seed}-${worker}-${call}`));
        await sleep(chance.integer(0, 20));
      }
    };
    await Promise.all(Array.from({ length: workers }, (_, worker) => work(worker)));
    return calls;
  }

  /** Reads every counter until it answers and has sent all its coins. Leaves out those that do not until then. */
  async settle(until: number): Promise<FinalState[]> {
    const states = await Promise.all(
      Array.from({ length: counterCount }, (_, index) => this.#settle(counterId(index), until)),
    );
    return states.filter((state) => state !== undefined);
  }

  async #call(chance: Random, op: string): Promise<CallRecord> {
    const index = chance.integer(0, counterCount - 1);
    const actor = counterId(index);
    const client = this.#app.client(CounterSer).to(pickRoute(chance, actor));
    const kind = chance.pick(["add", "add", "add", "add-later", "add-later", "send"] as const);
    // To a greater one: two that wait for each other would wait until the deadline.
    const to = counterId(chance.integer(index, counterCount - 1));
    try {
      const answer = await ask(client, kind === "send" && to === actor ? "add" : kind, { id: actor, op, to });
      return { kind: kind === "send" && to === actor ? "add" : kind, actor, op, answer };
    } catch (error) {
      const text = error instanceof Error ? error.message : String(error);
      return { kind, actor, op, error: text, notExecuted: isM3Error(error) && error.notExecuted };
    }
  }

  async #settle(actor: string, until: number): Promise<FinalState | undefined> {
    while (monotonicMs() < until) {
      try {
        const state = await this.#app.client(CounterSer).read({ id: actor }, { timeoutMs: callTimeoutMs });
        return { actor, turn: turnOf(state), count: Number(state.count), later: Number(state.later) };
      } catch {
        await sleep(50);
      }
    }
    return undefined;
  }
}

function counterId(index: number): string {
  return `c${index}`;
}

function pickRoute(chance: Random, actor: string): Route {
  const roll = chance.next();
  if (roll < 0.75) return hash(actor);
  if (roll < 0.95) return random();
  // Moves the counter there.
  return p2p(`chaos.world1.counter.${chance.integer(1, appCount)}`);
}

async function ask(
  client: Client<typeof CounterSer>,
  kind: CallRecord["kind"],
  { id, op, to }: { readonly id: string; readonly op: string; readonly to: string },
): Promise<Answer> {
  const options = { timeoutMs: callTimeoutMs };
  if (kind === "add") {
    const answer = await client.add({ id, op }, options);
    return { turn: turnOf(answer), value: Number(answer.count) };
  }
  if (kind === "add-later") {
    const answer = await client.addLater({ id }, options);
    return { turn: turnOf(answer), value: Number(answer.later) };
  }
  return { turn: turnOf(await client.send({ id, op, to }, options)), value: 0 };
}

function turnOf({ turn }: { readonly turn?: Turn | undefined }): Turn {
  if (turn === undefined) throw new Error("an answer without its turn");
  const { owner, began, ended } = turn;
  return { owner, began, ended };
}
