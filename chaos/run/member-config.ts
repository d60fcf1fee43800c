import { ttlMs } from "../plan.ts";

/** How often changes are saved behind an actor's back, in milliseconds. */
export const saveMs = 300;

const common = (logFile: string) => `
  [Options.Rpc]
  TimeoutMs = 1500
  [Options.Life]
  StageTimeoutMs = 8000
  DrainTimeoutMs = 4000
  [[Plugin.Router.router_chaos]]
  [[Plugin.Trans.trans_tcp]]
  KeepAliveMs = 500
  [[Plugin.Log.log_pino]]
  LogLevel = "INFO"
  File = ${JSON.stringify(logFile)}
`;

export function appConfig(options: {
  readonly logFile: string;
  readonly etcd: string;
  readonly dbFile: string;
}): string {
  return `${common(options.logFile)}
  [[Plugin.Lease.lease_etcd]]
  Endpoints = ${JSON.stringify(options.etcd)}
  LeaseKeepLiveTime = ${ttlMs / 1000}
  DialTimeout = 1
  [[Plugin.DB.db_sqlite]]
  File = ${JSON.stringify(options.dbFile)}
  Durability = "normal"
  [[Server.Actor]]
  ActiveTimeOut = 0.5
  SaveTimeInter = ${saveMs / 1000}
  TickTimeInter = 0
  RebalanceTime = 0.5
  AllocLeaseTimeOut = 1
  WaitFreeLeaseTimeOut = 1
`;
}

export function driverConfig(logFile: string): string {
  return common(logFile);
}
