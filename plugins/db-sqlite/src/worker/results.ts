import { type Problem, refusals } from "../protocol.ts";
import { isFatal, problemOf } from "./problem.ts";

/** What became of the writes of a task, as in `refusals`. */
export class Results {
  readonly writes: number[] = [];
  readonly problems: Problem[] = [];

  /** Adds what `write` returns for so many writes, or why it could not. Throws what fails all others too. */
  add(count: number, write: () => readonly number[]): void {
    try {
      this.writes.push(...write());
    } catch (error) {
      if (isFatal(error)) throw error;
      for (let index = 0; index < count; index++) this.writes.push(-refusals.length - this.problems.length);
      this.problems.push(problemOf(error));
    }
  }
}
