import type { M3Error, OutboundCall } from "m3game";
import { RouteType } from "m3game/internal";
import { echoMethod } from "./echo-service.ts";

/** App id of the caller in these tests. */
export const callerApp = "test.world1.caller.1";

export type Outcome = { readonly payload: Uint8Array } | { readonly error: M3Error };

type CallFields = Omit<OutboundCall, "succeed" | "fail" | "linkState">;

/** A call to send over a link, which tells how it ended. */
export class TestCall implements OutboundCall {
  readonly method: string;
  readonly metadata: CallFields["metadata"];
  readonly deadline: number;
  readonly routeType: RouteType;
  readonly hashKey: string;
  readonly targetService: string;
  readonly hops: number;
  readonly chain: string;
  readonly notify: boolean;
  readonly payload: Uint8Array;
  readonly sourceApp: string;
  linkState: unknown;
  /** Every end that the link reported; a link that works reports one. */
  readonly outcomes: Outcome[] = [];
  readonly #ended = Promise.withResolvers<Outcome>();

  constructor(fields: Partial<CallFields> = {}) {
    this.method = fields.method ?? echoMethod;
    this.metadata = fields.metadata ?? new Map();
    this.deadline = fields.deadline ?? Number.POSITIVE_INFINITY;
    this.routeType = fields.routeType ?? RouteType.RANDOM;
    this.hashKey = fields.hashKey ?? "";
    this.targetService = fields.targetService ?? "test.world1.echo";
    this.hops = fields.hops ?? 0;
    this.chain = fields.chain ?? "";
    this.notify = fields.notify ?? false;
    this.payload = fields.payload ?? new Uint8Array();
    this.sourceApp = fields.sourceApp ?? callerApp;
  }

  succeed(payload: Uint8Array): void {
    this.#end({ payload });
  }

  fail(error: M3Error): void {
    this.#end({ error });
  }

  /** Resolves with the answer; rejects with the error of a call that failed. */
  async answer(): Promise<Uint8Array> {
    const outcome = await this.#ended.promise;
    if ("error" in outcome) throw outcome.error;
    return outcome.payload;
  }

  /** Resolves with the error; rejects when the call succeeded. */
  async error(): Promise<M3Error> {
    const outcome = await this.#ended.promise;
    if ("error" in outcome) return outcome.error;
    throw new Error(`the call succeeded with ${outcome.payload.length} bytes`);
  }

  #end(outcome: Outcome): void {
    this.outcomes.push(outcome);
    this.#ended.resolve(outcome);
  }
}
