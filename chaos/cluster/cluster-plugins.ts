import { dbSqlite } from "@m3game/db-sqlite";
import { leaseEtcd } from "@m3game/lease-etcd";
import { logPino } from "@m3game/log-pino";
import { transTcp } from "@m3game/trans-tcp";

/** What the apps of the cluster run on, beside the registry. */
export const clusterPlugins = [dbSqlite, leaseEtcd, logPino, transTcp];
