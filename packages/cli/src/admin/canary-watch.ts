/** What an app has served since its start. */
export interface AppCalls {
  readonly app: string;
  /** It is of the version that is looked at. */
  readonly isCanary: boolean;
  readonly served: number;
  readonly failed: number;
  /** How long they took together, in milliseconds. */
  readonly tookMs: number;
}

/** The calls of one look, or of several. */
export interface Calls {
  served: number;
  failed: number;
  tookMs: number;
}

export interface Verdict {
  readonly canary: Calls;
  readonly others: Calls;
  /** What is wrong with the version; undefined: nothing that shows. */
  readonly fault: "fails" | "slow" | "gone" | undefined;
}

/** How many looks count, and how many calls say something. */
const maxLooks = 12;
const minCalls = 20;
/** For how many looks in a row a version has no instance any more, while others answer, until it is taken for one that does not stay up. */
export const goneLooks = 6;
/** A version is slow when its calls take more than twice as long as the others', and by so much longer: one that has just started is not warm yet. */
const slowFactor = 2;
const slowMs = 100;

/** Compares how often calls of one version fail, and how long they take, with those of the others. */
export class CanaryWatch {
  readonly #margin: number;
  readonly #known = new Map<string, Calls>();
  /** For how many looks there has been none of the version; undefined: there never was. */
  #missing: number | undefined;
  readonly #looks: { readonly canary: Calls; readonly others: Calls }[] = [];

  /** `margin`: by how much more of its calls may fail than of the others', from 0 to 1. */
  constructor(margin: number) {
    this.#margin = margin;
  }

  /** Takes what apps have counted, and says what it makes of the last minute. The first look is where counting begins. */
  look(apps: readonly AppCalls[]): Verdict {
    const [canary, others] = [none(), none()];
    for (const { app, isCanary, served, failed, tookMs } of apps) {
      const before = this.#known.get(app);
      this.#known.set(app, { served, failed, tookMs });
      if (before === undefined) continue;
      // One that was started again counts from 0.
      const isSame = before.served <= served;
      add(isCanary ? canary : others, {
        served: served - (isSame ? before.served : 0),
        failed: failed - (isSame ? before.failed : 0),
        tookMs: tookMs - (isSame ? before.tookMs : 0),
      });
    }
    if (apps.some(({ isCanary }) => isCanary)) this.#missing = 0;
    else if (this.#missing !== undefined && apps.length > 0) this.#missing++;
    this.#looks.push({ canary, others });
    if (this.#looks.length > maxLooks) this.#looks.shift();
    const total = { canary: none(), others: none() };
    for (const each of this.#looks) {
      add(total.canary, each.canary);
      add(total.others, each.others);
    }
    return { ...total, fault: this.#fault(total.canary, total.others) };
  }

  #fault(canary: Calls, others: Calls): Verdict["fault"] {
    if ((this.#missing ?? 0) >= goneLooks) return "gone";
    if (canary.served < minCalls) return undefined;
    if (rate(canary) > rate(others) + this.#margin) return "fails";
    // With nothing to compare with, slow is no fault of the version.
    const usual = meanMs(others);
    const isSlow = meanMs(canary) > Math.max(usual * slowFactor, usual + slowMs);
    return others.served >= minCalls && isSlow ? "slow" : undefined;
  }
}

export function rate({ served, failed }: Calls): number {
  return served === 0 ? 0 : failed / served;
}

/** How long a call took on average. */
export function meanMs({ served, tookMs }: Calls): number {
  return served === 0 ? 0 : tookMs / served;
}

function none(): Calls {
  return { served: 0, failed: 0, tookMs: 0 };
}

function add(sum: Calls, more: Calls): void {
  sum.served += more.served;
  sum.failed += more.failed;
  sum.tookMs += more.tookMs;
}
