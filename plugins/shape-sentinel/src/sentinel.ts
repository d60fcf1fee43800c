import type { PendingReload, PluginContext, Shape, ShapeEntry, ShapePermit } from "m3game";
import { RuleSet } from "./rule-set.ts";
import { loadRules } from "./rules/load-rules.ts";
import type { MethodRules } from "./rules/rule-schema.ts";
import { WaitingCalls } from "./waiting-calls.ts";

/** The Shape contract by the rules of files. */
export class Sentinel implements Shape {
  readonly #files: readonly string[];
  readonly #context: PluginContext;
  readonly #waiting: WaitingCalls;
  #rules: RuleSet;
  #disposed = false;

  private constructor(files: readonly string[], context: PluginContext) {
    this.#files = files;
    this.#context = context;
    this.#waiting = new WaitingCalls(context.clock);
    this.#rules = this.#atWork([]);
  }

  /** Rejects with CONFIG_INVALID. */
  static async open(files: readonly string[], context: PluginContext): Promise<Sentinel> {
    const sentinel = new Sentinel(files, context);
    (await sentinel.prepareReload()).commit();
    return sentinel;
  }

  enter(entry: ShapeEntry): ShapePermit | undefined | Promise<ShapePermit | undefined> {
    if (this.#disposed) return undefined;
    return this.#rules.policy(entry.side, entry.method)?.enter(entry);
  }

  async prepareReload(): Promise<PendingReload> {
    const rules = (await Promise.all(this.#files.map(loadRules))).flat();
    return { commit: () => this.#use(rules), discard: () => {} };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#disposed = true;
    this.#waiting[Symbol.dispose]();
  }

  #use(rules: readonly MethodRules[]): void {
    this.#rules = this.#atWork(rules, this.#rules);
    const methods = [...new Set(rules.map(({ Method }) => Method))];
    this.#context.log.info("traffic rules in force", { files: this.#files, methods });
  }

  #atWork(rules: readonly MethodRules[], previous?: RuleSet): RuleSet {
    const { clock, log } = this.#context;
    return new RuleSet(rules, { clock, log, waiting: this.#waiting }, previous);
  }
}
