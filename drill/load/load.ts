import { RoleSer } from "@m3game/demo/gen/role_pb.js";
import type { CallLog } from "./call-log.ts";
import { ClubLedger } from "./club-ledger.ts";
import { FightLedger } from "./fight-ledger.ts";
import { Fighter } from "./fighter.ts";
import { HotPlayer } from "./hot-player.ts";
import type { Loss, Losses, LossWindow } from "./losses.ts";
import type { Player } from "./player.ts";
import { RolePlayer } from "./role-player.ts";
import { RoleSession } from "./role-session.ts";

export interface LoadOptions {
  /** Some players fight. */
  readonly hasFights: boolean;
  /** How many of them call their roles without a pause. @default 0 */
  readonly hot?: number;
  readonly gates: readonly string[];
  readonly log: CallLog;
  /** When what roles had not saved yet may be lost. */
  readonly windows: readonly LossWindow[];
  /** When everything may be lost. */
  readonly rollbacks: readonly LossWindow[];
  readonly onLost: (loss: Loss) => void;
}

/** One of so many players fights. */
const fighterShare = 4;

/** Players that change their roles, found clubs and fight all the time. Disposing stops them and logs them out. */
export class Load implements AsyncDisposable {
  readonly clubs: ClubLedger;
  readonly fights: FightLedger;
  readonly problems = new Set<string>();
  readonly #options: LoadOptions;
  readonly #players: Player[] = [];
  readonly #abort = new AbortController();
  readonly #playing: Promise<void>[] = [];

  constructor(options: LoadOptions) {
    this.#options = options;
    this.clubs = new ClubLedger(this.#losses("club", "a role", options.rollbacks));
    this.fights = new FightLedger(this.#losses("fight", "a role", options.rollbacks));
  }

  /** More players, with accounts of their own. */
  join(players: number): void {
    for (let each = 0; each < players; each++) {
      const player = this.#player(this.#players.length);
      this.#players.push(player);
      this.#playing.push(player.play(this.#abort.signal));
    }
  }

  /** Each player finishes what it is at. */
  async stop(): Promise<void> {
    this.#abort.abort();
    await Promise.all(this.#playing);
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
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    for (const player of this.#players) player[Symbol.dispose]();
  }

  #player(index: number): Player {
    const { hasFights, hot = 0, windows } = this.#options;
    const { clubs, fights } = this;
    const session = this.#session(index, `drill-${index}`);
    const losses = this.#losses("change", session.token, windows);
    if (index < hot) return new HotPlayer({ ...session, losses });
    return hasFights && index % fighterShare === 0
      ? new Fighter({ ...session, fights })
      : new RolePlayer({ ...session, losses, clubs });
  }

  #session(index: number, token: string) {
    const { gates, log, rollbacks } = this.#options;
    const onProblem = (problem: string) => this.#onProblem(problem);
    return { index, token, gates, log, rollbacks: this.#losses("player", token, rollbacks), onProblem };
  }

  #losses(what: Loss["what"], who: string, windows: readonly LossWindow[]): Losses {
    return { windows, onLost: (at) => this.#options.onLost({ what, who, at }) };
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
