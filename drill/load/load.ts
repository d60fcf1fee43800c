import { RoleSer } from "@m3game/demo/gen/role_pb.js";
import type { CallLog } from "./call-log.ts";
import { ClubLedger } from "./club-ledger.ts";
import { FightLedger } from "./fight-ledger.ts";
import { Fighter } from "./fighter.ts";
import { HotPlayer } from "./hot-player.ts";
import type { Player } from "./player.ts";
import { RolePlayer } from "./role-player.ts";
import { RoleSession } from "./role-session.ts";
import type { Losses } from "./tally.ts";

export interface LoadOptions {
  readonly players: number;
  /** Some of them fight. */
  readonly hasFights: boolean;
  /** How many of them call their roles without a pause. @default 0 */
  readonly hot?: number;
  readonly gates: readonly string[];
  readonly log: CallLog;
  readonly losses: Losses;
}

/** One of so many players fights. */
const fighterShare = 4;

/** Players that change their roles, found clubs and fight all the time. */
export class Load {
  readonly clubs = new ClubLedger();
  readonly fights = new FightLedger();
  readonly problems = new Set<string>();
  readonly #options: LoadOptions;
  readonly #players: readonly Player[];
  readonly #abort = new AbortController();
  readonly #playing: Promise<unknown>;

  constructor(options: LoadOptions) {
    this.#options = options;
    this.#players = Array.from({ length: options.players }, (_, index) => this.#player(index));
    this.#playing = Promise.all(this.#players.map((player) => player.play(this.#abort.signal)));
  }

  /** Each player finishes what it is at. */
  async stop(): Promise<void> {
    this.#abort.abort();
    await this.#playing;
  }

  /** Looks whether all is as it was acknowledged: each role, all clubs, all ids. Call it after `stop`. */
  async check(): Promise<void> {
    try {
      for (const [index, player] of this.#players.entries()) {
        await player.look().catch((cause) => {
          throw new Error(`player ${index}: ${cause instanceof Error ? cause.message : cause}`, { cause });
        });
      }
      this.clubs.seeAll(await this.#allClubs());
      const roles = new Set(this.#players.map(({ roleId }) => roleId));
      if (roles.size < this.#players.length) throw new Error("two accounts have the same role");
    } catch (error) {
      this.#onProblem(error instanceof Error ? error.message : String(error));
    } finally {
      for (const player of this.#players) player[Symbol.dispose]();
    }
  }

  #player(index: number): Player {
    const { hasFights, hot = 0, losses } = this.#options;
    const { clubs, fights } = this;
    const session = this.#session(index, `drill-${index}`);
    if (index < hot) return new HotPlayer({ ...session, losses });
    return hasFights && index % fighterShare === 0
      ? new Fighter({ ...session, fights })
      : new RolePlayer({ ...session, losses, clubs });
  }

  #session(index: number, token: string) {
    const { gates, log } = this.#options;
    return { index, token, gates, log, onProblem: (problem: string) => this.#onProblem(problem) };
  }

  #onProblem(problem: string): void {
    this.problems.add(problem);
  }

  async #allClubs() {
    using visitor = new RoleSession(this.#session(this.#players.length, "drill-visitor"));
    const role = (await visitor.client()).service(RoleSer);
    const clubs = [];
    for (let cursor: string | undefined = ""; cursor !== undefined; ) {
      const page = await role.roleGetClubList({ cursor });
      clubs.push(...page.clubDbs);
      cursor = page.cursor || undefined;
    }
    return clubs;
  }
}
