import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/** The memory of this process that is in use after a collection, in bytes: the heap and what lies beside it. */
export function usedBytes(): number {
  setFlagsFromString("--expose-gc");
  const collect: unknown = runInNewContext("gc");
  if (typeof collect !== "function") throw new Error("this Node gives no gc()");
  collect();
  collect();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
