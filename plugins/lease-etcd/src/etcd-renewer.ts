// Imported by the thread that renews sessions.
import { EtcdRenewer, etcdAccess } from "@m3game/etcd-client";
import type { LeaseRenewer } from "m3game";
import { z } from "zod";

const renewerData = z.object({ access: etcdAccess, lease: z.bigint(), cluster: z.bigint() });

export type EtcdRenewerData = z.input<typeof renewerData>;

/** Renews one etcd lease over a connection of its own, as long as its cluster is the same. */
export function createLeaseRenewer(data: unknown): LeaseRenewer {
  const { access, lease, cluster } = renewerData.parse(data);
  return new EtcdRenewer(access, lease, cluster);
}
