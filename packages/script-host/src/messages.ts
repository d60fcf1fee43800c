/** A file of scripts as it was read. */
export interface ScriptSource {
  readonly path: string;
  readonly text: string;
}

/** What a thread starts with. */
export interface WorkerSetup {
  readonly sources: readonly ScriptSource[];
  readonly maxMemoryBytes: number;
}

/** To the thread: run a hook, when those before have ended. */
export interface HookCall {
  readonly hook: string;
  readonly args: readonly unknown[];
}

/** From the thread. */
export type WorkerMessage =
  | { readonly kind: "ready"; readonly hooks: readonly string[] }
  | { readonly kind: "refused"; readonly message: string }
  | { readonly kind: "done"; readonly value: unknown }
  | { readonly kind: "failed"; readonly message: string }
  | { readonly kind: "out of memory" }
  | { readonly kind: "log"; readonly message: string };
