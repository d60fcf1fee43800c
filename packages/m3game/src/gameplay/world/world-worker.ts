// A thread that takes part in the parallel phase of a ParallelWorld.
import { parentPort, workerData } from "node:worker_threads";
import { CellRunner, type UpdateCell } from "./cell.ts";
import type { Fields } from "./columns.ts";
import type { WorkerReply, WorkerStart, WorkerTick } from "./parallel-messages.ts";
import { runCells } from "./run-cells.ts";
import { WorldState } from "./world-state.ts";

const { memory, module, nextCell }: WorkerStart = workerData;

function reply(message: WorkerReply<unknown>): void {
  parentPort?.postMessage(message);
}

try {
  const { update }: { update: UpdateCell<Fields, unknown> } = await import(module);
  if (typeof update !== "function") throw new TypeError(`${module} must export a function "update"`);
  const state = new WorldState<Fields>(memory);
  const runner = new CellRunner<Fields, unknown>(state, update);
  let isSwapped = false;
  parentPort?.on("message", (tick: WorkerTick) => {
    try {
      if (tick.isSwapped !== isSwapped) state.swap();
      isSwapped = tick.isSwapped;
      runner.begin(tick.deltaMs);
      reply({ kind: "done", emitted: runCells(runner, nextCell, state.index.cellCount) });
    } catch (error) {
      reply({ kind: "failed", error });
    }
  });
  reply({ kind: "ready" });
} catch (error) {
  reply({ kind: "failed", error });
}
