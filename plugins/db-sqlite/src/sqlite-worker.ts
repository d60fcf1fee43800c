// The worker's program: opens the database of its `workerData`, executes batches until it is told to close.
import { parentPort, workerData } from "node:worker_threads";
import type { Batch, OpenOptions, WorkerMessage } from "./protocol.ts";
import { openDatabase } from "./worker/open-database.ts";
import { problemOf } from "./worker/problem.ts";
import { Store } from "./worker/store.ts";

const port = parentPort;
if (port === null) throw new Error("this file is the program of a worker");
const post = (message: WorkerMessage) => port.postMessage(message);

try {
  const options: OpenOptions = workerData;
  const store = new Store(openDatabase(options), options);
  post({ kind: "open" });
  port.on("message", (batch: Batch | "close") => {
    if (batch === "close") {
      store.close();
      port.close();
      return;
    }
    if (batch.reads.length > 0) post({ kind: "reads", results: store.read(batch.reads) });
    if (batch.writes.length > 0) post({ kind: "writes", results: store.write(batch.writes) });
  });
} catch (error) {
  post({ kind: "failed", problem: problemOf(error) });
}
