import { setTimeout as delay } from "node:timers/promises";
import { connect, type GameClient, GateError } from "@m3game/client";
import { AuthRspSchema } from "@m3game/demo/gen/gate_pb.js";
import { RoleSer } from "@m3game/demo/gen/role_pb.js";
import { anyGate } from "./any-gate.ts";
import type { CallLog } from "./call-log.ts";
import type { ClubLedger } from "./club-ledger.ts";
import { type Losses, Tally } from "./tally.ts";

export interface RolePlayerOptions {
  readonly index: number;
  /** Its account. */
  readonly token: string;
  readonly gates: readonly string[];
  readonly log: CallLog;
  readonly losses: Losses;
  readonly clubs: ClubLedger;
  /** Told of what must not be. */
  readonly onProblem: (problem: string) => void;
}

/** How long a player waits for an answer, in milliseconds. */
const timeoutMs = 20_000;
/** Between two of its paths, in milliseconds. */
const pauseMs = 700;
/** A player logs in anew after so many paths, and is connected all the while otherwise. */
const pathsPerLogin = 8;

/** A player that takes the path of the demo's Test1 over and over, founds clubs and cancels them, and remembers what it was told. */
export class RolePlayer {
  roleId: bigint | undefined;
  readonly #options: RolePlayerOptions;
  readonly #name: Tally;
  readonly #power: Tally;
  #client: GameClient | undefined;

  constructor(options: RolePlayerOptions) {
    this.#options = options;
    this.#name = new Tally(`the name of ${options.token}`, options.losses);
    this.#power = new Tally(`the power of ${options.token}`, options.losses);
  }

  /** Plays until it is aborted. Never rejects. */
  async play(signal: AbortSignal): Promise<void> {
    await delay((pauseMs * this.#options.index) / 20);
    for (let path = 0; !signal.aborted; path++) {
      if (path % pathsPerLogin === 0) this.logOut();
      await this.#attempt(() => this.#path(path));
      await delay(pauseMs);
    }
  }

  /** Looks at the role and its club by a new session. Rejects when that fails; what is wrong is a problem. */
  async look(): Promise<void> {
    this.logOut();
    await this.#path(undefined);
  }

  logOut(): void {
    this.#client?.close();
    this.#client = undefined;
  }

  async #attempt(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      // The log of the calls has it.
      if (!(error instanceof GateError))
        this.#options.onProblem(error instanceof Error ? error.message : String(error));
    }
  }

  /** Without a number it changes nothing. */
  async #path(path: number | undefined): Promise<void> {
    this.#client ??= await this.#logIn();
    const role = this.#client.service(RoleSer);
    if (path !== undefined) {
      const newName = `${this.#options.token} ${this.#name.next}`;
      await this.#change(this.#name, "RoleModifyName", async () =>
        this.#number((await role.roleModifyName({ newName })).name),
      );
      await this.#change(this.#power, "RolePowerUp", async () => (await role.rolePowerUp({ powerUp: 1 })).power);
    }
    const info = await this.#call("RoleGetInfo", () => role.roleGetInfo({ detail: true }));
    this.#name.see(this.#number(info.roleDb?.name ?? ""));
    this.#power.see(info.roleDb?.power ?? 0);
    const { clubs } = this.#options;
    clubs.see(this.#id(), info.clubRoleDb?.clubId);
    if (path !== undefined && path % 3 === 0) await this.#changeClub(info.clubRoleDb?.clubId);
  }

  async #changeClub(current: bigint | undefined): Promise<void> {
    const role = this.#connected().service(RoleSer);
    const { clubs } = this.#options;
    await clubs.change(this.#id(), async () => {
      if (current === undefined) return (await this.#call("RoleCreateClub", () => role.roleCreateClub({}))).clubId;
      await this.#call("RoleCancelClub", () => role.roleCancelClub({}));
      return undefined;
    });
  }

  async #logIn(): Promise<GameClient> {
    const { index, gates, token } = this.#options;
    const client = await this.#call("login", () =>
      connect("ws://gates/", { token, timeoutMs, transport: anyGate(gates, index), reconnect: { maxMs: 1000 } }),
    );
    const { roleId } = client.authResponse(AuthRspSchema);
    this.roleId ??= roleId;
    if (roleId !== this.roleId) throw new Error(`${token} was role ${this.roleId} and is role ${roleId} now`);
    try {
      await this.#call("RoleLogin", () => client.service(RoleSer).roleLogin({}));
      return client;
    } catch (error) {
      client.close();
      throw error;
    }
  }

  async #change(tally: Tally, method: string, call: () => Promise<number>): Promise<void> {
    let value: number;
    try {
      value = await this.#call(method, call);
    } catch (error) {
      if (!(error instanceof GateError && error.notExecuted)) tally.fail();
      throw error;
    }
    tally.acknowledge(value);
  }

  #call<T>(method: string, call: () => Promise<T>): Promise<T> {
    const { log, index } = this.#options;
    return log.add(index, method, call);
  }

  /** The number of a name that this player gave; 0 for that of a role that is new. */
  #number(name: string): number {
    const { token } = this.#options;
    return name.startsWith(`${token} `) ? Number(name.slice(token.length + 1)) : 0;
  }

  #connected(): GameClient {
    if (this.#client === undefined) throw new Error(`${this.#options.token} is not logged in`);
    return this.#client;
  }

  #id(): bigint {
    if (this.roleId === undefined) throw new Error(`${this.#options.token} has no role yet`);
    return this.roleId;
  }
}
