export type Print = (line: string) => void;

export interface PlayOptions {
  /** Gates as `host:port`; players are spread over them. */
  readonly gates: readonly [string, ...string[]];
  /** Who plays; where many do, what their tokens begin with. */
  readonly token: string;
  /** How many players there are, where there are many. */
  readonly players: number;
  /** Over how many seconds their logins are spread, or how long they go on. */
  readonly seconds: number;
}

/** Plays one mode; rejects when something is not as it should be. */
export type Mode = (options: PlayOptions, print: Print) => Promise<void>;

/** The gate of the player with this number. */
export function gateOf({ gates }: PlayOptions, index: number): string {
  return gates[index % gates.length] ?? gates[0];
}
