import type { LeaderHandlers } from "../ownership/leader.ts";

/** What a server that only the leader runs needs from its app. */
export interface LeaderHosting {
  /** Has the app stand for leader once it takes calls. */
  host(name: string, handlers: LeaderHandlers): void;
  /** Has the app lead on until `work`, a call that it answers as leader, is over: before that it does not resign. Resolves with what that gives. */
  whileLeading<T>(name: string, work: Promise<T>): Promise<T>;
  /** True while this app certainly leads. */
  isLeader(name: string): boolean;
  /** The app that leads, if that is known; a hint. */
  whoLeads(name: string): Promise<string | undefined>;
  /** True for another app that the registry knows. */
  isReachable(app: string): boolean;
}
