/** What an app has served since its start. */
export interface AppCalls {
  readonly app: string;
  /** It is of the version that is looked at. */
  readonly isCanary: boolean;
  readonly served: number;
  readonly failed: number;
}

/** The calls of one look, or of several. */
export interface Calls {
  served: number;
  failed: number;
}

export interface Verdict {
  readonly canary: Calls;
  readonly others: Calls;
  readonly isBad: boolean;
}

/** How many looks count, and how many calls say something. */
const maxLooks = 12;
const minCalls = 20;

/** Compares how often calls of one version fail with how often those of the others do. */
export class CanaryWatch {
  readonly #margin: number;
  readonly #known = new Map<string, Calls>();
  readonly #looks: { readonly canary: Calls; readonly others: Calls }[] = [];

  /** `margin`: by how much more of its calls may fail than of the others', from 0 to 1. */
  constructor(margin: number) {
    this.#margin = margin;
  }

  /** Takes what apps have counted, and says what it makes of the last minute. The first look is where counting begins. */
  look(apps: readonly AppCalls[]): Verdict {
    const [canary, others] = [none(), none()];
    for (const { app, isCanary, served, failed } of apps) {
      const before = this.#known.get(app);
      this.#known.set(app, { served, failed });
      if (before === undefined) continue;
      // One that was started again counts from 0.
      const isSame = before.served <= served;
      add(isCanary ? canary : others, {
        served: served - (isSame ? before.served : 0),
        failed: failed - (isSame ? before.failed : 0),
      });
    }
    this.#looks.push({ canary, others });
    if (this.#looks.length > maxLooks) this.#looks.shift();
    const total = { canary: none(), others: none() };
    for (const each of this.#looks) {
      add(total.canary, each.canary);
      add(total.others, each.others);
    }
    const isBad = total.canary.served >= minCalls && rate(total.canary) > rate(total.others) + this.#margin;
    return { ...total, isBad };
  }
}

export function rate({ served, failed }: Calls): number {
  return served === 0 ? 0 : failed / served;
}

function none(): Calls {
  return { served: 0, failed: 0 };
}

function add(sum: Calls, more: Calls): void {
  sum.served += more.served;
  sum.failed += more.failed;
}
