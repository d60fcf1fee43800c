import type { MovedRow } from "../../entity/moved-row.ts";

/** What an actor takes along to the app that it moves to. */
export interface MovedActor {
  /** What `onMoveOut` gave. */
  readonly state: Uint8Array;
  /** Its entities, as the store has confirmed them: they spare the next owner the reading, where nobody wrote them since. */
  readonly rows: readonly MovedRow[];
  /** How long no turn of it could run by then, in milliseconds; absent where it was not active. */
  readonly pausedMs?: number | undefined;
  /** The version of the app that it comes from, which has looked whether it may go; empty: it was not active there. */
  readonly version: string;
}

export const nothingMoved: MovedActor = { state: new Uint8Array(0), rows: [], version: "" };
