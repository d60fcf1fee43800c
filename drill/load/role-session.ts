import { connect, type GameClient, GateError } from "@m3game/client";
import { AuthRspSchema } from "@m3game/demo/gen/gate_pb.js";
import { RoleSer } from "@m3game/demo/gen/role_pb.js";
import { anyGate } from "./any-gate.ts";
import type { CallLog } from "./call-log.ts";
import { isWithin, type Losses } from "./losses.ts";
import type { Tally } from "./tally.ts";

export interface SessionOptions {
  readonly index: number;
  /** Its account. */
  readonly token: string;
  readonly gates: readonly string[];
  readonly log: CallLog;
  /** When an account may lose the role that it was given. */
  readonly rollbacks: Losses;
  /** Told of what must not be. */
  readonly onProblem: (problem: string) => void;
}

/** How long a player waits for an answer, in milliseconds. */
const timeoutMs = 30_000;

/** An account and its session with the gates. All its calls are logged. Disposing logs it out. */
export class RoleSession implements Disposable {
  readonly token: string;
  readonly #options: SessionOptions;
  #client: GameClient | undefined;
  /** False in a session that has begun anew: the role may be another one, or new. */
  #isLoggedIn = false;
  /** Since when the account has which role. */
  #role: { readonly id: bigint; readonly at: number } | undefined;

  constructor(options: SessionOptions) {
    this.#options = options;
    this.token = options.token;
  }

  /** False before the first login. */
  get isKnown(): boolean {
    return this.#role !== undefined;
  }

  /** Throws before the first login. */
  get roleId(): bigint {
    if (this.#role === undefined) throw new Error(`${this.token} has never been logged in`);
    return this.#role.id;
  }

  /** The client, logged in. Rejects when that fails, or when the account has another role than before. */
  async client(): Promise<GameClient> {
    if (this.#client?.state.state === "closed") this.#client = undefined;
    this.#client ??= await this.#connect();
    if (!this.#isLoggedIn) await this.#logIn(this.#client);
    return this.#client;
  }

  /** `appOf` reads from the answer which app ran the call. */
  async call<T>(method: string, call: () => Promise<T>, appOf?: (answer: T) => string): Promise<T> {
    const { log, index } = this.#options;
    return log.add(index, method, call, appOf);
  }

  /** Changes the power of its role, which `tally` counts. */
  async powerUp(tally: Tally): Promise<void> {
    // A login that fails has changed nothing.
    const role = (await this.client()).service(RoleSer);
    await tally.change(async () => {
      const { power } = await this.call("RolePowerUp", () => role.rolePowerUp({ powerUp: 1 }));
      return power;
    });
  }

  /** All that there is to know of its role. */
  async details() {
    const role = (await this.client()).service(RoleSer);
    return this.call(
      "RoleGetInfo",
      () => role.roleGetInfo({ detail: true }),
      ({ appId }) => appId,
    );
  }

  /** Does it. What a gate refused is in the log of the calls; anything else is a problem. Never rejects. */
  async attempt(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (error instanceof GateError) return;
      this.#options.onProblem(error instanceof Error ? error.message : String(error));
    }
  }

  [Symbol.dispose](): void {
    this.#client?.close();
    this.#client = undefined;
  }

  async #connect(): Promise<GameClient> {
    const { index, gates, token } = this.#options;
    this.#isLoggedIn = false;
    const client = await this.call("login", () =>
      connect("ws://gates/", { token, timeoutMs, transport: anyGate(gates, index), reconnect: { maxMs: 1000 } }),
    );
    client.onState((state) => {
      if (state.state === "online" && !state.resumed) this.#isLoggedIn = false;
    });
    return client;
  }

  async #logIn(client: GameClient): Promise<void> {
    try {
      this.#take(client.authResponse(AuthRspSchema).roleId);
      this.#isLoggedIn = true;
      await this.call("RoleLogin", () => client.service(RoleSer).roleLogin({}));
    } catch (error) {
      this[Symbol.dispose]();
      throw error;
    }
  }

  #take(id: bigint): void {
    const known = this.#role;
    if (known?.id === id) return;
    this.#role = { id, at: performance.now() };
    if (known === undefined) return;
    const { rollbacks } = this.#options;
    if (!isWithin(rollbacks.windows, known.at))
      throw new Error(`${this.token} was role ${known.id} and is role ${id} now`);
    rollbacks.onLost(known.at);
  }
}
