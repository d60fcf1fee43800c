import type { CellRunner } from "./cell.ts";
import type { Fields } from "./columns.ts";
import type { CellEvents } from "./parallel-messages.ts";

/** How many cells a thread takes at a time: enough that taking them costs nothing, few enough that none waits long for another. */
const chunk = 64;

/** Takes cells that nobody has taken until there are none, and runs them. */
export function runCells<F extends Fields, E>(
  runner: CellRunner<F, E>,
  nextCell: Int32Array,
  cellCount: number,
): CellEvents<E>[] {
  const emitted: CellEvents<E>[] = [];
  for (let from = Atomics.add(nextCell, 0, chunk); from < cellCount; from = Atomics.add(nextCell, 0, chunk)) {
    for (let cell = from; cell < Math.min(from + chunk, cellCount); cell++) {
      const events = runner.run(cell);
      if (events.length > 0) emitted.push({ cell, events });
    }
  }
  return emitted;
}
