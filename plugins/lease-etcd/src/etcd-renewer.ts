// Imported by the thread that renews sessions.
import { EtcdRenewer, etcdAccess } from "@m3game/etcd-client";
import type { LeaseRenewer } from "m3game";
import { z } from "zod";

const renewerData = z.object({ access: etcdAccess, lease: z.bigint() });

export type EtcdRenewerData = z.input<typeof renewerData>;

/** Renews one etcd lease over a connection of its own. */
export function createLeaseRenewer(data: unknown): LeaseRenewer {
  const { access, lease } = renewerData.parse(data);
  return new EtcdRenewer(access, lease);
}
