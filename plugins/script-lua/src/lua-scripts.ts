import { basename, dirname, join } from "node:path";
import { type HookEngine, OutOfMemory, type WorkerContext } from "@m3game/script-host/worker";
import { type LuaGlobal as Global, LuaFactory, type LuaThread as Thread } from "wasmoon";
import { keepIntegers, registerValues } from "./lua-values.ts";
import { globalFunctions, sandbox } from "./sandbox.ts";

/** Scripts in one state of Lua. */
export class LuaScripts implements HookEngine {
  readonly hooks: readonly string[];
  readonly #global: Global;

  private constructor(global: Global, hooks: readonly string[]) {
    this.#global = global;
    this.hooks = hooks;
  }

  /** Runs the files in order. Rejects with an error that says file and line. */
  static async load({ sources, maxMemoryBytes, log }: WorkerContext): Promise<LuaScripts> {
    const { global } = await new LuaFactory().createEngine({ traceAllocations: true });
    global.setMemoryMax(maxMemoryBytes);
    registerValues(global);
    global.set("print", (...values: readonly unknown[]) => log(values.map(String).join("\t")));
    runText(global, sandbox, "sandbox");
    const own = new Set(functionNames(global));
    for (const { path, text } of sources) {
      try {
        runText(global, text, basename(path));
      } catch (error) {
        // Lua shortens long paths: it gets the name alone.
        throw new Error(join(dirname(path), messageOf(error)), { cause: error });
      }
    }
    return new LuaScripts(
      global,
      functionNames(global).filter((name) => !own.has(name)),
    );
  }

  call(hook: string, args: readonly unknown[]): unknown {
    return runThread(this.#global, (thread) => {
      thread.lua.lua_getglobal(thread.address, hook);
      for (const arg of args) thread.pushValue(arg);
      return args.length;
    });
  }
}

function runText(global: Global, text: string, name: string): unknown {
  return runThread(global, (thread) => {
    thread.loadString(text, `@${name}`);
    return 0;
  });
}

/** Runs what `prepare` left on the stack of a new thread of Lua, with as many arguments as it says. */
function runThread(global: Global, prepare: (thread: Thread) => number): unknown {
  const thread = global.newThread();
  const place = global.getTop();
  keepIntegers(thread);
  try {
    return thread.runSync(prepare(thread))[0];
  } catch (error) {
    throw messageOf(error).includes("not enough memory") ? new OutOfMemory(messageOf(error)) : error;
  } finally {
    global.remove(place);
  }
}

function functionNames(global: Global): readonly string[] {
  const names = runText(global, globalFunctions, "names");
  return Array.isArray(names) ? names : [];
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
