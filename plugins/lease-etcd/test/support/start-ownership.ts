import { leaseEtcd } from "@m3game/lease-etcd";
import { ownershipStarter } from "@m3game/testing";

export const startOwnership = ownershipStarter(leaseEtcd);
