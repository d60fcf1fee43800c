import type { FightDelta, Fighter, FightHit, FightSnapshot } from "../../../gen/fight_pb.js";
import { tickMs } from "./playback.ts";
import { type Place, Track } from "./track.ts";

/** A fighter as the picture shows it. */
export interface ShownFighter extends Place {
  readonly id: bigint;
  readonly name: string;
  readonly side: number;
  readonly hp: number;
  readonly maxHp: number;
  readonly kills: number;
  readonly deaths: number;
  /** Where it went last, in radians. */
  readonly heading: number;
  /** Where it was a moment ago, the newest first. */
  readonly trail: readonly Place[];
}

/** What happens between two pictures. */
export interface Moment {
  readonly hits: readonly FightHit[];
  readonly fallen: readonly bigint[];
}

type Change = Pick<FightDelta, "tick" | "remainingMs" | "fighters" | "hits" | "left" | "sideKills">;

interface Entry {
  fighter: Fighter;
  heading: number;
  readonly track: Track;
}

// In ticks.
const trail = [1, 2, 3, 4, 5];

/**
 * A fight as its messages tell it. Places are known a little earlier than they are shown, so that there are places between; what
 * else a message tells waits until its tick is shown.
 */
export class Battle {
  readonly width: number;
  readonly height: number;
  readonly #entries = new Map<bigint, Entry>();
  #waiting: Change[] = [];
  #tick: number;
  #remaining: { readonly tick: number; readonly ms: number };
  #sideKills: readonly number[];
  readonly #met = new Map<bigint, Fighter>();

  constructor({ width, height, tick, remainingMs, fighters, sideKills }: FightSnapshot) {
    this.width = width;
    this.height = height;
    this.#tick = tick;
    this.#remaining = { tick, ms: remainingMs };
    this.#sideKills = sideKills;
    for (const fighter of fighters) this.#enter(fighter, tick);
  }

  /** Takes what has changed. */
  apply(delta: Change): void {
    for (const fighter of delta.fighters) {
      const entry = this.#entries.get(fighter.roleId);
      if (entry === undefined) this.#enter(fighter, delta.tick);
      else if ((this.#toldLast(fighter.roleId)?.hp ?? 0) <= 0 && fighter.hp > 0) entry.track.jump(delta.tick, fighter);
      else entry.track.add(delta.tick, fighter);
    }
    this.#waiting.push(delta);
  }

  /** Takes all that is in sight, in case something before was left out. */
  correct(snapshot: FightSnapshot): void {
    const seen = new Set(snapshot.fighters.map(({ roleId }) => roleId));
    const left = [...this.#entries.keys()].filter((id) => !seen.has(id));
    this.apply({ ...snapshot, hits: [], left });
  }

  /** Goes on to a tick, which may lie between two. Returns what has happened since the last one. */
  advance(tick: number): Moment {
    this.#tick = tick;
    const hits: FightHit[] = [];
    const fallen: bigint[] = [];
    const due = this.#waiting.filter((delta) => delta.tick <= tick);
    this.#waiting = this.#waiting.slice(due.length);
    for (const delta of due) {
      hits.push(...delta.hits);
      this.#remaining = { tick: delta.tick, ms: delta.remainingMs };
      // Told only when it has changed.
      if (delta.sideKills.length > 0) this.#sideKills = delta.sideKills;
      for (const fighter of delta.fighters) {
        const entry = this.#entries.get(fighter.roleId);
        if (entry === undefined) {
          // It went out of sight and is back.
          this.#enter(fighter, delta.tick);
          continue;
        }
        if (entry.fighter.hp > 0 && fighter.hp <= 0) fallen.push(fighter.roleId);
        entry.fighter = fighter;
      }
      for (const id of delta.left) this.#entries.delete(id);
    }
    for (const entry of this.#entries.values()) entry.heading = entry.track.headingAt(tick) ?? entry.heading;
    return { hits, fallen };
  }

  /** Who is to be seen at the tick that is shown. */
  get fighters(): readonly ShownFighter[] {
    return [...this.#entries.values()].map(({ fighter, heading, track }) => {
      const { roleId: id, name, side, hp, maxHp, kills, deaths } = fighter;
      const { x, y } = track.at(this.#tick);
      const past = trail.map((ticks) => track.at(this.#tick - ticks));
      return { id, name, side, hp, maxHp, kills, deaths, heading, x, y, trail: past };
    });
  }

  get remainingMs(): number {
    return Math.max(0, this.#remaining.ms - (this.#tick - this.#remaining.tick) * tickMs);
  }

  /** Kills of this side, and of all others together. */
  killsOf(side: number): { readonly own: number; readonly others: number } {
    const own = this.#sideKills[side] ?? 0;
    return { own, others: this.#sideKills.reduce((sum, kills) => sum + kills, 0) - own };
  }

  /** Somebody who was ever to be seen, as at that time. */
  met(id: bigint): Pick<Fighter, "name" | "side"> | undefined {
    return this.#met.get(id);
  }

  #enter(fighter: Fighter, tick: number): void {
    // Towards the middle, until it is seen to go somewhere.
    const heading = Math.atan2(this.height / 2 - fighter.y, this.width / 2 - fighter.x);
    this.#entries.set(fighter.roleId, { fighter, heading, track: new Track(tick, fighter) });
    this.#met.set(fighter.roleId, fighter);
  }

  /** What was told last, whether it is shown yet or not. */
  #toldLast(id: bigint): Fighter | undefined {
    const told = this.#waiting.flatMap(({ fighters }) => fighters.filter(({ roleId }) => roleId === id));
    return told.at(-1) ?? this.#entries.get(id)?.fighter;
  }
}
