import type { Clock, Logger, ShapeEntry } from "m3game";
import { CircuitBreaker } from "./breaker/circuit-breaker.ts";
import { createFlow, type Flow } from "./flow/flow.ts";
import { MethodPolicy } from "./method-policy.ts";
import type { BreakRule, FlowRule, MethodRules } from "./rules/rule-schema.ts";
import { MethodStat } from "./stat/method-stat.ts";
import { windowShape } from "./stat/window.ts";
import type { WaitingCalls } from "./waiting-calls.ts";

type Side = ShapeEntry["side"];

const sides: readonly Side[] = ["server", "client"];

export interface RuleSetOptions {
  readonly clock: Clock;
  readonly log: Logger;
  readonly waiting: WaitingCalls;
}

/** The rules of one method on one side. */
interface Scope {
  readonly side: Side;
  readonly method: string;
  readonly flows: FlowRule[];
  readonly breaks: BreakRule[];
}

/** All rules at work. */
export class RuleSet {
  readonly #options: RuleSetOptions;
  readonly #policies = bySide<MethodPolicy>();
  readonly #intervals = new Map<MethodStat, Set<number>>();
  /** What the next set goes on with. */
  readonly kept = {
    flows: new Kept<Flow>(),
    breakers: new Kept<CircuitBreaker>(),
    stats: bySide<MethodStat>(),
  };

  /** Rules that are equal to one of `previous` go on with what they have counted. */
  constructor(rules: readonly MethodRules[], options: RuleSetOptions, previous?: RuleSet) {
    this.#options = options;
    const scopes = toScopes(rules);
    const built = scopes.map((scope) => ({
      scope,
      flows: scope.flows.map((rule) => this.#flow(scope, rule, previous)),
      breakers: scope.breaks.map((rule) => this.#breaker(scope, rule, previous)),
    }));
    for (const { scope, flows, breakers } of built) {
      const { side, method } = scope;
      const stat = this.kept.stats[side].get(method);
      this.#policies[side].set(method, new MethodPolicy({ ...options, flows, breakers, stat }));
    }
    for (const side of sides) this.#countRead(side);
  }

  /** Methods without a rule may have their passes read by the rule of another. */
  #countRead(side: Side): void {
    for (const [method, stat] of this.kept.stats[side]) {
      stat.keepOnly(this.#intervals.get(stat) ?? new Set());
      if (this.#policies[side].has(method)) continue;
      this.#policies[side].set(method, new MethodPolicy({ ...this.#options, flows: [], breakers: [], stat }));
    }
  }

  policy(side: Side, method: string): MethodPolicy | undefined {
    return this.#policies[side].get(method);
  }

  #flow({ side, method }: Scope, rule: FlowRule, previous: RuleSet | undefined): Flow {
    const read = (statIntervalMs: number) => this.#stat(side, rule.RefMethod ?? method, statIntervalMs, previous);
    // A kept rule reads its window still: entered anew, so that it is not forgotten.
    if (rule.Per === "method") read(rule.StatIntervalMs);
    return this.kept.flows.take(previous?.kept.flows, [side, method, rule], () => createFlow(rule, read));
  }

  #breaker({ side, method }: Scope, rule: BreakRule, previous: RuleSet | undefined): CircuitBreaker {
    const { log } = this.#options;
    return this.kept.breakers.take(previous?.kept.breakers, [side, method, rule], () => {
      return new CircuitBreaker(rule, (state) => {
        const level = state === "open" ? "warn" : "info";
        log[level](`breaker ${state}`, { method, side, strategy: rule.Strategy });
      });
    });
  }

  #stat(side: Side, method: string, statIntervalMs: number, previous: RuleSet | undefined) {
    const stats = this.kept.stats[side];
    const stat = stats.get(method) ?? previous?.kept.stats[side].get(method) ?? new MethodStat();
    stats.set(method, stat);
    const { buckets, lengthMs } = windowShape(statIntervalMs);
    const intervals = this.#intervals.get(stat) ?? new Set();
    this.#intervals.set(stat, intervals.add(buckets * lengthMs));
    return stat.window(statIntervalMs);
  }
}

/** What works for a rule, by the rule, to be found again after a reload. */
class Kept<T> {
  readonly byRule = new Map<string, T[]>();

  /** That of an equal rule, each once, else a new one. */
  take(previous: Kept<T> | undefined, rule: readonly unknown[], create: () => T): T {
    const key = JSON.stringify(rule);
    const mine = this.byRule.get(key) ?? [];
    const taken = previous?.byRule.get(key)?.[mine.length] ?? create();
    mine.push(taken);
    this.byRule.set(key, mine);
    return taken;
  }
}

function toScopes(rules: readonly MethodRules[]): readonly Scope[] {
  const scopes = bySide<Scope>();
  for (const { Method: method, Side, FlowRules, BreakRules } of rules) {
    for (const side of Side === "both" ? sides : [Side]) {
      const scope = scopes[side].get(method) ?? { side, method, flows: [], breaks: [] };
      scope.flows.push(...FlowRules);
      scope.breaks.push(...BreakRules);
      scopes[side].set(method, scope);
    }
  }
  return sides.flatMap((side) => [...scopes[side].values()]);
}

/** Something for each method of each side. In two maps, so that a call puts no key together to find what is its own. */
function bySide<T>(): Readonly<Record<Side, Map<string, T>>> {
  return { server: new Map(), client: new Map() };
}
