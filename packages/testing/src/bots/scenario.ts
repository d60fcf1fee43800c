import type { DescService } from "@bufbuild/protobuf";
import type { ConnectOptions, GameClient, ServiceClient } from "@m3game/client";

/** One simulated player. */
export interface Bot {
  /** Counted from 0. */
  readonly index: number;
  readonly client: GameClient;
  /** Aborted when the run is over. */
  readonly signal: AbortSignal;
  /** Calls the RPCs of a service; each counts as an operation under its name. */
  service<S extends DescService>(service: S): ServiceClient<S>;
  /** Has something count as an operation: how long it takes, or the error that it rejects with. */
  measure<T>(name: string, operation: () => Promise<T>): Promise<T>;
  /** Waits. Rejects when the run is over. */
  pause(ms: number): Promise<void>;
}

/** What bots do. */
export interface Scenario {
  /** What bot number `index` logs in with. */
  token(index: number): string | Promise<string>;
  /** Further options of `connect`, such as `encodeToken`. */
  readonly connect?: Omit<ConnectOptions, "token">;
  /** What a bot does once, after its login. @default nothing */
  start?(bot: Bot): void | Promise<void>;
  /** What it does over and over. One that rejects begins again after a second. */
  round(bot: Bot): Promise<void>;
}

/** Declares what bots do: the default export of a file for `m3 bots`. */
export function defineScenario(scenario: Scenario): Scenario {
  return scenario;
}
