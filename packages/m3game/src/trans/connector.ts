import type { Connect } from "../mesh/peer.ts";
import { MemoryEndpoint } from "../plugin/memory/memory-endpoint.ts";
import { MemoryLink } from "../plugin/memory/memory-link.ts";
import type { Instance } from "../plugin/router.ts";
import type { Trans, TransHost } from "../plugin/trans.ts";

/** The key of a transport's endpoint in the meta of a registry entry. */
export function endpointKey(scheme: string): string {
  return `m3ep.${scheme}`;
}

/** Links this app to others by the best transport both have, and to itself without any. */
export function createConnector(host: TransHost, transports: readonly Trans[]): Connect {
  const byPreference = transports.toSorted((a, b) => b.preference - a.preference);
  const self = new MemoryEndpoint(host);
  return (instance, onState) => {
    if (instance.app === host.app)
      return new MemoryLink(
        host.app,
        () => self,
        () => {},
      );
    for (const trans of byPreference) {
      const endpoint = endpointOf(instance, trans);
      if (endpoint === undefined) continue;
      return trans.connect({ sourceApp: host.app, targetApp: instance.app, endpoint, onState });
    }
    return undefined;
  };
}

function endpointOf(instance: Instance, trans: Trans): string | undefined {
  const own = instance.meta[endpointKey(trans.scheme)];
  if (own !== undefined) return own;
  // An app of the original says nothing of endpoints: its address is its gRPC server, or the NATS server it listens at.
  if (Object.keys(instance.meta).some((key) => key.startsWith("m3ep."))) return undefined;
  if (instance.port === 0) return trans.scheme === "nats" ? instance.host : undefined;
  return trans.isGrpc ? `${instance.host}:${instance.port}` : undefined;
}
