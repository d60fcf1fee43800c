import { LeaseControlSer } from "../../gen/m3/actor_control_pb.js";
import type { LeasesOptions } from "../ownership/leases.ts";
import type { ClientFactory } from "../rpc/client-factory.ts";
import { defineClient } from "../rpc/define-client.ts";
import { p2p } from "../rpc/route.ts";
import { multi } from "./multi.ts";
import type { Server } from "./server.ts";

/** What carries out the requests of other apps. */
export interface LeaseGiver {
  handOver(request: Parameters<LeasesOptions["ask"]>[1]): Promise<Uint8Array>;
}

/** Hosts the service by which apps ask each other for leases. */
export function leaseControl(leases: LeaseGiver): Server {
  return multi(LeaseControlSer, {
    handOverLease: async ({ id, counter, targetApp, note }) => ({
      moved: await leases.handOver({ id, counter, targetApp, note }),
    }),
  });
}

export interface AskLeaseOptions {
  readonly clients: ClientFactory;
  /** The asking app's function; the holder's may be another. */
  readonly func: string;
}

/** Takes a request to the app that holds the lease. */
export function askLeaseHolder({ clients, func }: AskLeaseOptions): LeasesOptions["ask"] {
  const source = defineClient(LeaseControlSer, { func });
  return async (holder, request) => {
    const { moved } = await clients.client(source).to(p2p(holder.app)).handOverLease(request);
    return moved;
  };
}
