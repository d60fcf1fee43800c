import type { LeaderHandlers } from "../ownership/leader.ts";

/** What a server that only the leader runs needs from its app. */
export interface LeaderHosting {
  /** Has the app stand for leader once it takes calls. */
  host(name: string, handlers: LeaderHandlers): void;
  /** True while this app certainly leads. */
  isLeader(name: string): boolean;
  /** The app that leads, if that is known; a hint. */
  whoLeads(name: string): Promise<string | undefined>;
  /** True for another app that the registry knows. */
  isReachable(app: string): boolean;
}
