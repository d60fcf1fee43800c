import type { FightResult } from "@m3game/demo/gen/fight_pb.js";
import type { RoleDB } from "@m3game/demo/gen/role_pb.js";
import { startRating } from "@m3game/demo/roleapp/fight-result";
import { isWithin, type Losses } from "./losses.ts";

/** How a fight ended, and when its fighters were told, in milliseconds of the monotonic clock. */
interface Ending {
  readonly result: FightResult;
  readonly at: number;
}

/** What fights ended with, as those who fought were told. */
export class FightLedger {
  /** The longest time without a word, of each fight and fighter, in milliseconds. */
  readonly silences: number[] = [];
  readonly #losses: Losses;
  /** When each was begun, whether its end is known or not. */
  readonly #begun = new Map<string, number>();
  readonly #endings = new Map<string, Ending>();
  readonly #fightsOf = new Map<bigint, Set<string>>();
  /** Where those are who fight. */
  readonly #present = new Map<bigint, string>();
  readonly #missing = new Set<bigint>();

  constructor(losses: Losses) {
    this.#losses = losses;
  }

  /** How many fights have ended, but for those whose end is lost. */
  get ended(): number {
    return this.#endings.size;
  }

  /** How many fights have somebody in them. */
  get underWay(): number {
    return new Set(this.#present.values()).size;
  }

  /** How many fights have ended since, and how many of those had begun before, though they may have ended before once. */
  since(at: number): { readonly ended: number; readonly resumed: number } {
    const ended = [...this.#endings].filter(([, end]) => end.at > at);
    const resumed = ended.filter(([fightId]) => (this.#begun.get(fightId) ?? at) < at);
    return { ended: ended.length, resumed: resumed.length };
  }

  /** False for one whose end may be lost: it may be there once more. */
  isOver(roleId: bigint, fightId: string): boolean {
    const end = this.#endings.get(fightId);
    return end !== undefined && !this.#mayBeLost(end) && this.#of(roleId).has(fightId);
  }

  begin(roleId: bigint, fightId: string): void {
    this.#of(roleId).add(fightId);
    if (!this.#begun.has(fightId)) this.#begun.set(fightId, performance.now());
    this.#present.set(roleId, fightId);
  }

  /** Throws when another fighter was told another end. */
  end(roleId: bigint, fightId: string, result: FightResult): void {
    this.begin(roleId, fightId);
    const known = this.#endings.get(fightId);
    if (known !== undefined && !this.#mayBeLost(known)) {
      if (known.result.winner === result.winner) return;
      throw new Error(`fight ${fightId} has two results`);
    }
    this.#endings.set(fightId, { result, at: performance.now() });
  }

  /** A fighter is in no fight any more, whether that is over or not. */
  leave(roleId: bigint): void {
    this.#present.delete(roleId);
  }

  /** A call of this role has failed: while its player is away it may be brought into fights of which nobody hears. */
  miss(roleId: bigint): void {
    this.#missing.add(roleId);
  }

  /**
   * What the fights of a role should have made of it and did not; undefined when all is well. The latest ends that may be lost count no more
   * where that is what the role shows.
   */
  problemOf(roleId: bigint, role: RoleDB | undefined): string | undefined {
    const known = this.#endingsOf(roleId);
    const mayHaveMore = this.#missing.has(roleId) || this.#of(roleId).size > known.length;
    const canBeOf = (endings: readonly Ending[]) => {
      const { rating, power } = wantedOf(roleId, endings);
      if (role?.rating === rating && role.power === power) return true;
      // Each fight adds power, whoever wins.
      return mayHaveMore && (role?.power ?? 0) > power;
    };
    for (let kept = known.length; ; kept--) {
      if (canBeOf(known.slice(0, kept))) {
        for (const { fightId, at } of known.slice(kept)) this.#lose(fightId, at);
        return undefined;
      }
      const latest = known[kept - 1];
      if (latest === undefined || !this.#mayBeLost(latest)) break;
    }
    const wanted = wantedOf(roleId, known);
    return `role ${roleId} has rating ${role?.rating} and power ${role?.power}, but its ${known.length} fights made that ${wanted.rating} and ${wanted.power}`;
  }

  /** Those of a role that are known, the oldest first. */
  #endingsOf(roleId: bigint): readonly (Ending & { readonly fightId: string })[] {
    const known = [...this.#of(roleId)].flatMap((fightId) => {
      const end = this.#endings.get(fightId);
      return end === undefined ? [] : [{ fightId, ...end }];
    });
    return known.toSorted((a, b) => a.at - b.at);
  }

  #lose(fightId: string, at: number): void {
    this.#endings.delete(fightId);
    this.#losses.onLost(at);
  }

  #mayBeLost({ at }: Ending): boolean {
    return isWithin(this.#losses.windows, at);
  }

  #of(roleId: bigint): Set<string> {
    let fights = this.#fightsOf.get(roleId);
    if (fights === undefined) {
      fights = new Set();
      this.#fightsOf.set(roleId, fights);
    }
    return fights;
  }
}

/** What these fights make of a role. */
function wantedOf(roleId: bigint, endings: readonly Ending[]): { readonly rating: number; readonly power: number } {
  const scores = endings.flatMap(({ result }) => result.scores.filter((score) => score.roleId === roleId));
  return {
    rating: scores.reduce((sum, { ratingChange }) => Math.max(0, sum + ratingChange), startRating),
    power: scores.reduce((sum, { powerChange }) => sum + powerChange, 0),
  };
}
