import { EventEmitter, once } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import type { GameClient } from "@m3game/client";
import { playFight } from "@m3game/demo/client/play-fight";
import { FightDeltaSchema, FightSer, FightSnapshotSchema } from "@m3game/demo/gen/fight_pb.js";
import { MatchFormedSchema, RoleSer } from "@m3game/demo/gen/role_pb.js";
import type { FightLedger } from "./fight-ledger.ts";
import type { Player } from "./player.ts";
import { RoleSession, type SessionOptions } from "./role-session.ts";

export interface FighterOptions extends SessionOptions {
  readonly fights: FightLedger;
}

/** Between two fights, and two questions after opponents, in milliseconds. */
const pauseMs = 2000;
/** How long the last result may take to reach its role, in milliseconds. */
const settleMs = 30_000;

/** Looks for opponents and fights, over and over. */
export class Fighter implements Player {
  readonly #session: RoleSession;
  readonly #fights: FightLedger;

  constructor(options: FighterOptions) {
    this.#session = new RoleSession(options);
    this.#fights = options.fights;
  }

  get roleId(): bigint {
    return this.#session.roleId;
  }

  async play(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.#session.attempt(() => this.#next(signal));
      await delay(pauseMs);
    }
  }

  async look(): Promise<void> {
    this[Symbol.dispose]();
    for (const until = performance.now() + settleMs; ; ) {
      const problem = await this.#see();
      if (problem === undefined) return;
      if (performance.now() > until) throw new Error(problem);
      await delay(pauseMs);
    }
  }

  [Symbol.dispose](): void {
    this.#session[Symbol.dispose]();
  }

  /** One fight, unless it is to end. */
  async #next(signal: AbortSignal): Promise<void> {
    try {
      // What may be lost of its fights is seen before there are others. A result that is on its way may be missing as yet.
      await this.#see();
      const fightId = await this.#find(signal);
      if (fightId !== undefined) await this.#fight(fightId);
    } catch (error) {
      if (this.#session.isKnown) this.#fights.miss(this.roleId);
      throw error;
    }
  }

  /** Resolves with what its fights should have made of its role and did not. */
  async #see(): Promise<string | undefined> {
    const { roleDb } = await this.#session.details();
    return this.#fights.problemOf(this.roleId, roleDb);
  }

  /** Asks until there is a fight that is not over: who is told of it may be elsewhere at that moment. */
  async #find(signal: AbortSignal): Promise<string | undefined> {
    const client = await this.#session.client();
    const role = client.service(RoleSer);
    const found = new EventEmitter();
    const stop = client.on(MatchFormedSchema, () => void found.emit("found"));
    try {
      while (!signal.aborted) {
        const { fightId } = await this.#session.call("RoleMatchJoin", () => role.roleMatchJoin({}));
        if (fightId !== "" && !this.#fights.isOver(this.roleId, fightId)) return fightId;
        await once(found, "found", { signal: AbortSignal.timeout(pauseMs * 2) }).catch(() => {});
      }
      const { fightId } = await this.#session.call("RoleMatchCancel", () => role.roleMatchCancel({}));
      return fightId === "" || this.#fights.isOver(this.roleId, fightId) ? undefined : fightId;
    } finally {
      stop();
    }
  }

  async #fight(fightId: string): Promise<void> {
    const client = await this.#session.client();
    this.#fights.begin(this.roleId, fightId);
    try {
      await this.#session.call("FightEnter", () => client.service(FightSer).fightEnter({ fightId }));
      const silence = this.#measureSilence(client);
      try {
        this.#fights.end(this.roleId, fightId, await playFight({ client, roleId: this.roleId }, fightId));
      } finally {
        this.#fights.silences.push(silence());
      }
    } finally {
      this.#fights.leave(this.roleId);
    }
  }

  /** Call the result at the end: the longest time without a word of the fight, in milliseconds. */
  #measureSilence(client: GameClient): () => number {
    let heardAt = performance.now();
    let longest = 0;
    const hear = () => {
      const now = performance.now();
      longest = Math.max(longest, now - heardAt);
      heardAt = now;
    };
    const stops = [client.on(FightDeltaSchema, hear), client.on(FightSnapshotSchema, hear)];
    return () => {
      for (const stop of stops) stop();
      return longest;
    };
  }
}
