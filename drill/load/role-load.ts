import { connect } from "@m3game/client";
import { RoleSer } from "@m3game/demo/gen/role_pb.js";
import { anyGate } from "./any-gate.ts";
import type { CallLog } from "./call-log.ts";
import { ClubLedger } from "./club-ledger.ts";
import { RolePlayer } from "./role-player.ts";
import type { Losses } from "./tally.ts";

export interface RoleLoadOptions {
  readonly players: number;
  readonly gates: readonly string[];
  readonly log: CallLog;
  readonly losses: Losses;
}

/** Players that change their roles and clubs all the time. */
export class RoleLoad {
  readonly clubs = new ClubLedger();
  readonly problems = new Set<string>();
  readonly #options: RoleLoadOptions;
  readonly #players: readonly RolePlayer[];
  readonly #abort = new AbortController();
  readonly #playing: Promise<unknown>;

  constructor(options: RoleLoadOptions) {
    this.#options = options;
    const { gates, log, losses } = options;
    const onProblem = (problem: string) => void this.problems.add(problem);
    this.#players = Array.from(
      { length: options.players },
      (_, index) =>
        new RolePlayer({ index, token: `drill-${index}`, gates, log, losses, clubs: this.clubs, onProblem }),
    );
    this.#playing = Promise.all(this.#players.map((player) => player.play(this.#abort.signal)));
  }

  /** Each player finishes its path. */
  async stop(): Promise<void> {
    this.#abort.abort();
    await this.#playing;
  }

  /** Whether all is as it was acknowledged: looks at each role, at all clubs, and at all ids. Call it after `stop`. */
  async check(): Promise<void> {
    try {
      for (const player of this.#players) await player.look();
      this.clubs.seeAll(await this.#allClubs());
      const roles = new Set(this.#players.map(({ roleId }) => roleId));
      if (roles.size < this.#players.length) throw new Error("two accounts have the same role");
    } catch (error) {
      this.problems.add(error instanceof Error ? error.message : String(error));
    } finally {
      for (const player of this.#players) player.logOut();
    }
  }

  async #allClubs() {
    const { gates } = this.#options;
    const client = await connect("ws://gates/", { token: "drill-0", transport: anyGate(gates, 0) });
    try {
      const role = client.service(RoleSer);
      const clubs = [];
      for (let cursor: string | undefined = ""; cursor !== undefined; ) {
        const page = await role.roleGetClubList({ cursor });
        clubs.push(...page.clubDbs);
        cursor = page.cursor || undefined;
      }
      return clubs;
    } finally {
      client.close();
    }
  }
}
