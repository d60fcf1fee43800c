import type { FightResult } from "@m3game/demo/gen/fight_pb.js";
import type { RoleDB } from "@m3game/demo/gen/role_pb.js";
import { startRating } from "@m3game/demo/roleapp/fight-result";

/** What fights ended with, as those who fought were told. */
export class FightLedger {
  /** The longest time without a word, of each fight and fighter, in milliseconds. */
  readonly silences: number[] = [];
  readonly #fights = new Map<string, FightResult | undefined>();
  readonly #fightsOf = new Map<bigint, Set<string>>();
  readonly #missing = new Set<bigint>();

  /** How many fights have ended. */
  get ended(): number {
    return [...this.#fights.values()].filter((result) => result !== undefined).length;
  }

  isOver(roleId: bigint, fightId: string): boolean {
    return this.#fights.get(fightId) !== undefined && this.#of(roleId).has(fightId);
  }

  begin(roleId: bigint, fightId: string): void {
    this.#of(roleId).add(fightId);
    if (!this.#fights.has(fightId)) this.#fights.set(fightId, undefined);
  }

  /** Throws when another fighter was told another end. */
  end(roleId: bigint, fightId: string, result: FightResult): void {
    this.begin(roleId, fightId);
    const known = this.#fights.get(fightId);
    if (known !== undefined && known.winner !== result.winner) throw new Error(`fight ${fightId} has two results`);
    this.#fights.set(fightId, result);
  }

  /** A call of this role has failed: while its player is away it may be brought into fights of which nobody hears. */
  miss(roleId: bigint): void {
    this.#missing.add(roleId);
  }

  /** What the fights of a role should have made of it and did not; undefined when all is well. */
  problemOf(roleId: bigint, role: RoleDB | undefined): string | undefined {
    const [rating, power] = [role?.rating, role?.power];
    const results = [...this.#of(roleId)].map((fightId) => this.#fights.get(fightId));
    // A fight whose end its fighter has missed counts all the same: nobody knows what it brought.
    if (results.includes(undefined)) return undefined;
    const scores = results.flatMap((result) => result?.scores.filter((score) => score.roleId === roleId) ?? []);
    const wanted = {
      rating: scores.reduce((sum, { ratingChange }) => Math.max(0, sum + ratingChange), startRating),
      power: scores.reduce((sum, { powerChange }) => sum + powerChange, 0),
    };
    if (rating === wanted.rating && power === wanted.power) return undefined;
    // Each fight adds power, whoever wins.
    if (this.#missing.has(roleId) && (power ?? 0) > wanted.power) return undefined;
    return `role ${roleId} has rating ${rating} and power ${power}, but its ${scores.length} fights made that ${wanted.rating} and ${wanted.power}`;
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
