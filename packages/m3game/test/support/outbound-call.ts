import { type M3Error, RouteType } from "../../src/index.ts";
import { emptyMetadata } from "../../src/meta/metadata.ts";
import type { RoutedCall } from "../../src/rpc/carrier.ts";
import type { Route } from "../../src/rpc/route.ts";

/** A call to send through a carrier; it tells how it ended. */
export class TestOutboundCall implements RoutedCall {
  readonly method = "/m3test.BackSer/Say";
  readonly metadata = emptyMetadata;
  readonly deadline = Number.POSITIVE_INFINITY;
  readonly routeType = RouteType.RANDOM;
  readonly hashKey = "";
  readonly targetService: string;
  readonly hops = 0;
  readonly notify = false;
  readonly payload = new Uint8Array();
  readonly sourceApp = "test.w1.caller.1";
  readonly route: Route;
  linkState: unknown;
  carrierState: unknown;
  settled = false;
  readonly ended: Promise<Uint8Array | M3Error>;
  readonly #end: (outcome: Uint8Array | M3Error) => void;

  constructor(route: Route, targetService = "test.w1.back") {
    this.route = route;
    this.targetService = targetService;
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
