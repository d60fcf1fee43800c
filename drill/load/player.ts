/** Somebody who plays the demo during a drill, and remembers what the game has acknowledged. */
export interface Player extends Disposable {
  /** Throws before its first login. */
  readonly roleId: bigint;
  /** Plays until it is aborted, and finishes what it is at. Never rejects. */
  play(signal: AbortSignal): Promise<void>;
  /** Logs in anew and looks whether all is as it was acknowledged. Rejects where it is not, or can't be told. */
  look(): Promise<void>;
}
