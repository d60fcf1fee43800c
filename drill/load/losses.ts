/** A span of time on the monotonic clock, in milliseconds: what was acknowledged in it may be lost. */
export interface LossWindow {
  readonly from: number;
  readonly to: number;
}

/** What a drill may lose of one kind. */
export interface Losses {
  readonly windows: readonly LossWindow[];
  /** Told of each acknowledged change that was lost, and when it had been acknowledged. */
  onLost(at: number): void;
}

/** Something that was acknowledged and is lost. */
export interface Loss {
  readonly what: "change" | "club" | "fight" | "player";
  /** The account or role that lost it. */
  readonly who: string;
  /** When it had been acknowledged. */
  readonly at: number;
}

export function isWithin(windows: readonly LossWindow[], at: number): boolean {
  return windows.some(({ from, to }) => at >= from && at <= to);
}
