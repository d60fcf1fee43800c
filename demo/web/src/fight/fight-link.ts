import {
  FightDeltaSchema,
  FightOverSchema,
  type FightResult,
  type FightSnapshot,
  FightSnapshotSchema,
} from "../../../gen/fight_pb.js";
import type { Session } from "../session.ts";
import { Battle } from "./battle.ts";
import { type Input, InputLine } from "./input-line.ts";
import { Playback } from "./playback.ts";

export interface FightEvents {
  readonly onOver: (result: FightResult) => void;
  /** The fight can't be entered. */
  readonly onLost: (error: unknown) => void;
}

// A fight that is silent for so long may have moved, or begun anew elsewhere.
const silenceMs = 2500;
const attempts = 8;

/** A fight as the server tells it, and what the player wants in it. */
export class FightLink {
  readonly #session: Session;
  readonly #fightId: string;
  readonly #events: FightEvents;
  readonly #listeners: readonly (() => void)[];
  readonly #watch: number;
  #battle: Battle | undefined;
  #playback = new Playback();
  #inputs: InputLine | undefined;
  #heardAt = performance.now();
  #failures = 0;

  constructor(session: Session, fightId: string, events: FightEvents) {
    this.#session = session;
    this.#fightId = fightId;
    this.#events = events;
    const { client } = session;
    this.#listeners = [
      client.on(FightDeltaSchema, (delta) => {
        if (delta.fightId !== fightId || this.#battle === undefined) return;
        this.#battle.apply(delta);
        this.#heard(delta.tick);
      }),
      client.on(FightSnapshotSchema, (snapshot) => {
        if (snapshot.fightId !== fightId || this.#battle === undefined) return;
        this.#battle.correct(snapshot);
        this.#heard(snapshot.tick);
      }),
      client.on(FightOverSchema, ({ fightId: id, result }) => {
        if (id === fightId && result !== undefined) events.onOver(result);
      }),
    ];
    this.#watch = setInterval(() => {
      if (performance.now() - this.#heardAt > silenceMs) void this.#enter();
    }, 500);
    void this.#enter();
  }

  /** Undefined until it was entered. */
  get battle(): Battle | undefined {
    return this.#battle;
  }

  /** The tick to show now. */
  tickAt(now: number): number {
    return this.#playback.tickAt(now);
  }

  /** What the player wants now; sent when it is something else than before. */
  want(input: Input, now: number): void {
    this.#inputs?.update(input, now);
  }

  [Symbol.dispose](): void {
    clearInterval(this.#watch);
    for (const stop of this.#listeners) stop();
  }

  async #enter(): Promise<void> {
    this.#heardAt = performance.now();
    try {
      const { snapshot, result } = await this.#session.fight.fightEnter({ fightId: this.#fightId });
      this.#failures = 0;
      if (result !== undefined) this.#events.onOver(result);
      else if (snapshot !== undefined) this.#begin(snapshot);
    } catch (error) {
      // The next attempt comes after the next silence: a fight app that died is replaced within seconds.
      if (++this.#failures >= attempts) this.#events.onLost(error);
    }
  }

  #begin(snapshot: FightSnapshot): void {
    this.#battle = new Battle(snapshot);
    this.#playback = new Playback();
    this.#heard(snapshot.tick);
    this.#inputs = new InputLine(1, ({ move, targetId, sequence }) => {
      const input = { fightId: this.#fightId, sequence, moveX: move.x, moveY: move.y, targetId };
      // One way: what is lost with a connection is said again by the next change.
      this.#session.fight.fightInput(input).catch(() => {});
    });
  }

  #heard(tick: number): void {
    this.#heardAt = performance.now();
    this.#playback.heard(tick, this.#heardAt);
  }
}
