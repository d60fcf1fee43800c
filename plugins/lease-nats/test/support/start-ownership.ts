import { leaseNats } from "@m3game/lease-nats";
import { ownershipStarter } from "@m3game/testing";

export const startOwnership = ownershipStarter(leaseNats);
