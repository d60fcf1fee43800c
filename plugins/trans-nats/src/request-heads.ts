import type { ConnectOptions, OutboundCall } from "m3game";
import { sharedMetas } from "./request-metas.ts";
import { encodeRequestHead } from "./trans-message.ts";

type HeadFields = Pick<OutboundCall, "sourceApp" | "routeType" | "targetService" | "notify">;

/** What the requests to one app begin with, encoded once for each method and once more when its route changes. */
export class RequestHeads {
  readonly #options: ConnectOptions;
  readonly #takesBatch: boolean;
  readonly #byMethod = new Map<string, HeadFields & { readonly bytes: Buffer }>();

  constructor(options: ConnectOptions, takesBatch: boolean) {
    this.#options = options;
    this.#takesBatch = takesBatch;
  }

  of(call: OutboundCall): Buffer {
    const known = this.#byMethod.get(call.method);
    if (known !== undefined && isSame(known, call)) return known.bytes;
    const { sourceApp, targetApp } = this.#options;
    const { method, routeType, targetService, notify } = call;
    const fields = { method, sourceApp, notify, takesBatch: this.#takesBatch };
    const bytes = encodeRequestHead(fields, sharedMetas(call, targetApp));
    this.#byMethod.set(call.method, { sourceApp: call.sourceApp, routeType, targetService, notify, bytes });
    return bytes;
  }
}

function isSame(a: HeadFields, b: HeadFields): boolean {
  return (
    a.routeType === b.routeType &&
    a.notify === b.notify &&
    a.sourceApp === b.sourceApp &&
    a.targetService === b.targetService
  );
}
