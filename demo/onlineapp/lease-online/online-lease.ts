import type { Lease, LeaseHolder, OpenSession, OpenSessionResult, PluginContext } from "m3game";
import { OnlineSer } from "../../gen/online_pb.js";
import type { LeaseOnlineConfig } from "./config.ts";
import { holderOf } from "./holder-of.ts";
import { LeaseCalls } from "./lease-calls.ts";
import { OnlineSession } from "./online-session.ts";

const { method } = OnlineSer;

export class OnlineLease implements Lease {
  readonly ttlMs: number;
  readonly guardMs: number | undefined;
  readonly #calls: LeaseCalls;
  readonly #context: PluginContext;

  constructor({ LeaseKeepLiveTime, PreExitTime }: LeaseOnlineConfig, context: PluginContext) {
    this.ttlMs = LeaseKeepLiveTime * 1000;
    this.guardMs = PreExitTime === undefined ? undefined : PreExitTime * 1000;
    this.#context = context;
    this.#calls = new LeaseCalls(context, this.ttlMs / 3);
  }

  // Not a name of its own: its fences and those of the lease store behind it are of one epoch, in one store of rows.
  async storeName(): Promise<string> {
    return (await this.#calls.call(method.onlineStore, {})).storeName;
  }

  async openSession({ app, incarnation, address, ttlMs }: OpenSession): Promise<OpenSessionResult> {
    const session = { appId: app, incarnation };
    const opened = await this.#calls.call(method.onlineOpen, { session, address, ttlMs: BigInt(Math.ceil(ttlMs)) });
    if (opened.taken !== undefined) {
      return { status: "taken", holder: holderOf(opened.taken), remainingMs: Number(opened.taken.remainingMs) };
    }
    const { clock } = this.#context;
    const options = { calls: this.#calls, clock, session, ttlMs: Number(opened.ttlMs), term: opened.term };
    return { status: "open", session: new OnlineSession(options) };
  }

  async holder(id: string): Promise<LeaseHolder | undefined> {
    const { holder } = await this.#calls.call(method.onlineHolder, { id });
    return holder && holderOf(holder);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#calls.isStopped = true;
  }
}
