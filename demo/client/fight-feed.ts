import { type GameClient, GateError } from "@m3game/client";
import {
  type FightDelta,
  FightDeltaSchema,
  FightOverSchema,
  type FightResult,
  FightSer,
  type FightSnapshot,
  FightSnapshotSchema,
} from "../gen/fight_pb.js";

export interface FightEvents {
  /** The fight was entered, maybe once more: what was known of it counts no more, and what was wanted in it must be said again. */
  readonly onEnter: (snapshot: FightSnapshot) => void;
  /** All that is in sight, in case a delta was left out. */
  readonly onSnapshot: (snapshot: FightSnapshot) => void;
  readonly onDelta: (delta: FightDelta) => void;
  readonly onOver: (result: FightResult) => void;
  /** It can't be entered, whatever is tried. */
  readonly onLost: (error: unknown) => void;
}

export interface FightInput {
  readonly moveX: number;
  readonly moveY: number;
  /** 0n for nobody. */
  readonly targetId: bigint;
}

// A fight in which nothing happens is silent, but so is one that has moved or begins anew elsewhere: it is entered again.
const silenceMs = 2500;
const attempts = 12;

// NOT_FOUND and PERMISSION_DENIED: there is no such fight, or none for this player.
const finalCodes = [5, 7];

/** A player's side of a fight: what its server tells, and what the player wants. In browsers and in Node. */
export class FightFeed {
  readonly #fight;
  readonly #fightId: string;
  readonly #events: FightEvents;
  readonly #listeners: readonly (() => void)[];
  readonly #watch: ReturnType<typeof setInterval>;
  #isEntered = false;
  #isOver = false;
  #heardAt = 0;
  #failures = 0;
  #sequence = 0;

  constructor(client: GameClient, fightId: string, events: FightEvents) {
    this.#fight = client.service(FightSer);
    this.#fightId = fightId;
    this.#events = events;
    this.#listeners = [
      client.on(FightDeltaSchema, (delta) => this.#hear(delta.fightId, () => events.onDelta(delta))),
      client.on(FightSnapshotSchema, (snapshot) => this.#hear(snapshot.fightId, () => events.onSnapshot(snapshot))),
      client.on(FightOverSchema, ({ fightId: id, result }) => {
        if (id === fightId && result !== undefined) this.#end(result);
      }),
    ];
    this.#watch = setInterval(() => {
      if (performance.now() - this.#heardAt > silenceMs) void this.#enter();
    }, silenceMs / 5);
    void this.#enter();
  }

  /** Says what the player wants from now on. */
  want(input: FightInput): void {
    if (!this.#isEntered || this.#isOver) return;
    this.#sequence++;
    // One way: what is lost with a connection is said again after it.
    this.#fight.fightInput({ fightId: this.#fightId, sequence: this.#sequence, ...input }).catch(() => {});
  }

  /** Hears and says nothing more. */
  close(): void {
    this.#isOver = true;
    clearInterval(this.#watch);
    for (const stop of this.#listeners) stop();
  }

  #hear(fightId: string, tell: () => void): void {
    if (fightId !== this.#fightId || !this.#isEntered) return;
    this.#heardAt = performance.now();
    tell();
  }

  async #enter(): Promise<void> {
    this.#heardAt = performance.now();
    try {
      const { snapshot, result } = await this.#fight.fightEnter({ fightId: this.#fightId });
      this.#heardAt = performance.now();
      this.#failures = 0;
      if (this.#isOver) return;
      if (result !== undefined) this.#end(result);
      else if (snapshot !== undefined) this.#begin(snapshot);
    } catch (error) {
      // The next attempt comes after the next silence: a fight app that died is replaced within seconds.
      this.#failures++;
      if (this.#isOver || (this.#failures < attempts && !isFinal(error))) return;
      this.close();
      this.#events.onLost(error);
    }
  }

  #begin(snapshot: FightSnapshot): void {
    this.#isEntered = true;
    this.#sequence = 0;
    this.#events.onEnter(snapshot);
  }

  #end(result: FightResult): void {
    if (this.#isOver) return;
    this.close();
    this.#events.onOver(result);
  }
}

function isFinal(error: unknown): boolean {
  return error instanceof GateError && finalCodes.includes(error.code);
}
