import type { AppId } from "../meta/app-id.ts";
import { MetaKey } from "../meta/route-type.ts";
import type { Instance } from "../plugin/router.ts";
import type { Trans } from "../plugin/trans.ts";
import { endpointKey } from "../trans/connector.ts";
import type { AppEndpoint } from "./app.ts";

export interface InstanceParts {
  readonly endpoints: readonly AppEndpoint[];
  readonly transports: readonly Trans[];
  /** Of the game; undefined: the app does not say. */
  readonly version?: string | undefined;
  /** See `protoDigest`; undefined: the app has no services. */
  readonly protoDigest?: string | undefined;
  /** What other apps show when they call services for apps only. */
  readonly controlKey: string;
}

/** An app's entry in the registry: its gRPC address where it has one, and an endpoint for each transport. */
export function toInstance(
  id: AppId,
  { endpoints, transports, version, protoDigest, controlKey }: InstanceParts,
): Instance {
  const main =
    endpoints[
      Math.max(
        0,
        transports.findIndex((trans) => trans.isGrpc),
      )
    ];
  const [host, port] = splitEndpoint(main?.endpoint ?? "");
  return {
    app: id.app,
    service: id.service,
    host,
    port,
    meta: {
      [MetaKey.appVersion]: String(Math.floor(Date.now() / 1000)),
      [MetaKey.controlKey]: controlKey,
      ...(protoDigest !== undefined && { [MetaKey.protoDigest]: protoDigest }),
      ...(version !== undefined && { [MetaKey.gameVersion]: version }),
      ...Object.fromEntries(endpoints.map(({ scheme, endpoint }) => [endpointKey(scheme), endpoint])),
    },
  };
}

function splitEndpoint(endpoint: string): [host: string, port: number] {
  const colon = endpoint.lastIndexOf(":");
  const port = Number(endpoint.slice(colon + 1));
  return colon < 0 || !Number.isInteger(port) ? [endpoint, 0] : [endpoint.slice(0, colon), port];
}
