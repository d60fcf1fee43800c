import type { Instance } from "../plugin/router.ts";
import type { OutboundCall } from "../plugin/trans.ts";
import type { Route } from "./route.ts";

/** A call that still has to find its way. */
export interface RoutedCall extends OutboundCall {
  readonly route: Route;
  /** True once it ended: nothing more may be done with it. */
  readonly settled: boolean;
  /** Belongs to the carrier. */
  carrierState: unknown;
  /** Told before each attempt where it goes. */
  aimAt?(instance: Instance): void;
}

/** Finds the way of a call and sends it. The mesh is one. */
export interface Carrier {
  /** Sends the call along its route, or fails it. */
  send(call: RoutedCall): void;
  /** An attempt to send the call is over; `cancelled` when the caller gave up before an answer came. */
  release(call: RoutedCall, cancelled: boolean): void;
}
