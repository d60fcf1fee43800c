import { parentPort, workerData } from "node:worker_threads";
import type { HookCall, ScriptSource, WorkerMessage, WorkerSetup } from "./messages.ts";

/** Loaded scripts. */
export interface HookEngine {
  readonly hooks: readonly string[];
  /** Runs one of `hooks`. Throws OutOfMemory, or an error whose message says file and line. */
  call(hook: string, args: readonly unknown[]): unknown;
}

export interface WorkerContext {
  readonly sources: readonly ScriptSource[];
  readonly maxMemoryBytes: number;
  /** Writes a line to the log of the app. */
  log(message: string): void;
}

/** The scripts used up their memory. */
export class OutOfMemory extends Error {
  override readonly name = "OutOfMemory";
}

/** Makes this thread serve hooks. `load` rejects with an error whose message says file and line. */
export async function serveHooks(load: (context: WorkerContext) => Promise<HookEngine>): Promise<void> {
  const port = parentPort;
  if (port === null) throw new TypeError("serveHooks runs in a worker thread");
  const post = (message: WorkerMessage) => port.postMessage(message);
  const { sources, maxMemoryBytes }: WorkerSetup = workerData;
  let engine: HookEngine;
  try {
    engine = await load({ sources, maxMemoryBytes, log: (message) => post({ kind: "log", message }) });
  } catch (error) {
    return post({ kind: "refused", message: messageOf(error) });
  }
  const serve = async ({ hook, args }: HookCall): Promise<void> => {
    try {
      post({ kind: "done", value: await engine.call(hook, args) });
    } catch (error) {
      post(error instanceof OutOfMemory ? { kind: "out of memory" } : { kind: "failed", message: messageOf(error) });
    }
  };
  // The next one is here before this one has ended.
  let last = Promise.resolve();
  port.on("message", (call: HookCall) => {
    last = last.then(() => serve(call));
  });
  post({ kind: "ready", hooks: engine.hooks });
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
