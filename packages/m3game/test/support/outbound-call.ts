import { type M3Error, type Metadata, RouteType } from "../../src/index.ts";
import { emptyMetadata } from "../../src/meta/metadata.ts";
import type { RoutedCall } from "../../src/rpc/carrier.ts";
import { type Route, random } from "../../src/rpc/route.ts";

/** What a call may be given; the rest has plain values. */
export type CallFields = Partial<
  Pick<
    RoutedCall,
    | "method"
    | "deadline"
    | "routeType"
    | "hashKey"
    | "targetService"
    | "hops"
    | "chain"
    | "notify"
    | "payload"
    | "metadata"
    | "sourceApp"
  >
>;

/** A call to send through a carrier or a link; it tells how it ended. */
export class TestOutboundCall implements RoutedCall {
  readonly method: string;
  readonly metadata: Metadata;
  readonly deadline: number;
  readonly routeType: RouteType;
  readonly hashKey: string;
  readonly targetService: string;
  readonly hops: number;
  readonly chain: string;
  readonly notify: boolean;
  readonly payload: Uint8Array;
  readonly sourceApp: string;
  readonly route: Route;
  linkState: unknown;
  carrierState: unknown;
  settled = false;
  /** Resolves with the payload of the answer, or the error. */
  readonly ended: Promise<Uint8Array | M3Error>;
  readonly #end: (outcome: Uint8Array | M3Error) => void;

  constructor(route: Route = random(), fields: CallFields = {}) {
    this.route = route;
    this.method = fields.method ?? "/m3test.BackSer/Say";
    this.sourceApp = fields.sourceApp ?? "test.w1.caller.1";
    this.metadata = fields.metadata ?? emptyMetadata;
    this.deadline = fields.deadline ?? Number.POSITIVE_INFINITY;
    this.routeType = fields.routeType ?? RouteType.RANDOM;
    this.hashKey = fields.hashKey ?? "";
    this.targetService = fields.targetService ?? "test.w1.back";
    this.hops = fields.hops ?? 0;
    this.chain = fields.chain ?? "";
    this.notify = fields.notify ?? false;
    this.payload = fields.payload ?? new Uint8Array();
    const { promise, resolve } = Promise.withResolvers<Uint8Array | M3Error>();
    this.ended = promise;
    this.#end = resolve;
  }

  succeed(payload: Uint8Array): void {
    this.settled = true;
    this.#end(payload);
  }

  fail(error: M3Error): void {
    this.settled = true;
    this.#end(error);
  }
}
