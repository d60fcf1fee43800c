import { setTimeout as delay } from "node:timers/promises";
import { RoleSer } from "@m3game/demo/gen/role_pb.js";
import type { ClubLedger } from "./club-ledger.ts";
import type { Losses } from "./losses.ts";
import type { Player } from "./player.ts";
import { RoleSession, type SessionOptions } from "./role-session.ts";
import { Tally } from "./tally.ts";

export interface RolePlayerOptions extends SessionOptions {
  readonly losses: Losses;
  readonly clubs: ClubLedger;
}

/** Between two of its paths, in milliseconds. */
const pauseMs = 700;
/** It logs in anew after so many paths, and is connected all the while otherwise. */
const pathsPerLogin = 8;
const pathsPerClub = 3;

/** Takes the path of the demo's Test1 over and over, and founds and cancels clubs. */
export class RolePlayer implements Player {
  readonly #session: RoleSession;
  readonly #clubs: ClubLedger;
  readonly #startMs: number;
  readonly #name: Tally;
  readonly #power: Tally;

  constructor(options: RolePlayerOptions) {
    const { token, losses } = options;
    this.#session = new RoleSession(options);
    this.#clubs = options.clubs;
    // Spread, so that they are not all at the same step.
    this.#startMs = (pauseMs * (options.index % 20)) / 20;
    this.#name = new Tally(`the name of ${token}`, losses);
    this.#power = new Tally(`the power of ${token}`, losses);
  }

  get roleId(): bigint {
    return this.#session.roleId;
  }

  async play(signal: AbortSignal): Promise<void> {
    await delay(this.#startMs);
    for (let path = 0; !signal.aborted; path++) {
      if (path % pathsPerLogin === 0) this[Symbol.dispose]();
      await this.#session.attempt(async () => {
        const clubId = await this.#see();
        await this.#changeRole();
        if (path % pathsPerClub === 0) await this.#changeClub(clubId);
      });
      await delay(pauseMs);
    }
  }

  async look(): Promise<void> {
    this[Symbol.dispose]();
    await this.#see();
  }

  [Symbol.dispose](): void {
    this.#session[Symbol.dispose]();
  }

  async #changeRole(): Promise<void> {
    const role = (await this.#session.client()).service(RoleSer);
    const newName = `${this.#session.token} ${this.#name.next}`;
    await this.#name.change(async () => {
      const { name } = await this.#session.call("RoleModifyName", () => role.roleModifyName({ newName }));
      return this.#number(name);
    });
    await this.#session.powerUp(this.#power);
  }

  /** Resolves with its club; throws where anything is not as it was acknowledged. */
  async #see(): Promise<bigint | undefined> {
    const { roleDb, clubRoleDb } = await this.#session.details();
    this.#name.see(this.#number(roleDb?.name ?? ""));
    this.#power.see(roleDb?.power ?? 0);
    this.#clubs.see(this.roleId, clubRoleDb?.clubId);
    return clubRoleDb?.clubId;
  }

  async #changeClub(current: bigint | undefined): Promise<void> {
    const role = (await this.#session.client()).service(RoleSer);
    await this.#clubs.change(this.roleId, async () => {
      if (current === undefined) {
        return (await this.#session.call("RoleCreateClub", () => role.roleCreateClub({}))).clubId;
      }
      await this.#session.call("RoleCancelClub", () => role.roleCancelClub({}));
      return undefined;
    });
  }

  /** The number of a name that it gave; 0 for that of a role that is new. */
  #number(name: string): number {
    const { token } = this.#session;
    return name.startsWith(`${token} `) ? Number(name.slice(token.length + 1)) : 0;
  }
}
