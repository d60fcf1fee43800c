import type { HistogramOptions, MetricLabels } from "m3game";

/** What one set of labels has recorded. */
class HistogramSeries {
  readonly labels: MetricLabels;
  sum = 0;
  readonly #bounds: readonly number[];
  /** One more than there are bounds: the last holds what is above all of them. */
  readonly #counts: Float64Array;

  constructor(labels: MetricLabels, bounds: readonly number[]) {
    this.labels = labels;
    this.#bounds = bounds;
    this.#counts = new Float64Array(bounds.length + 1);
  }

  observe(value: number): void {
    let index = 0;
    while (value > (this.#bounds[index] ?? Number.POSITIVE_INFINITY)) index++;
    this.#counts[index] = (this.#counts[index] ?? 0) + 1;
    this.sum += value;
  }

  /** How many values were at most each bound, then how many there were. */
  cumulated(): readonly number[] {
    let total = 0;
    return Array.from(this.#counts, (count) => {
      total += count;
      return total;
    });
  }
}

/**
 * A histogram in Prometheus's text format. Not prom-client's: that puts the key of the series together and looks it up for
 * each value, which takes ten times as long, and every call of an app is one.
 */
export class Histogram {
  readonly #options: HistogramOptions;
  readonly #bounds: readonly number[];
  readonly #series = new Map<string, HistogramSeries>();

  constructor(options: HistogramOptions) {
    this.#options = options;
    this.#bounds = options.buckets.toSorted((a, b) => a - b);
  }

  /** The series with these labels, which are those that were declared. */
  labels(labels: MetricLabels): HistogramSeries {
    const key = JSON.stringify((this.#options.labels ?? []).map((name) => labels[name]));
    const series = this.#series.get(key) ?? new HistogramSeries(labels, this.#bounds);
    this.#series.set(key, series);
    return series;
  }

  /** `shared` are labels of every sample. */
  text(shared: MetricLabels): string {
    const { name, help } = this.#options;
    const lines = [`# HELP ${name} ${help.replace(/[\\\n]/g, escaped)}`, `# TYPE ${name} histogram`];
    for (const series of this.#series.values()) {
      const labels = { ...series.labels, ...shared };
      const counts = series.cumulated();
      for (const [index, count] of counts.entries()) {
        const le = String(this.#bounds[index] ?? "+Inf");
        lines.push(`${name}_bucket${labelText({ le, ...labels })} ${count}`);
      }
      lines.push(`${name}_sum${labelText(labels)} ${series.sum}`, `${name}_count${labelText(labels)} ${counts.at(-1)}`);
    }
    return lines.join("\n");
  }
}

function labelText(labels: MetricLabels): string {
  const parts = Object.entries(labels).map(([name, value]) => `${name}="${value.replace(/[\\"\n]/g, escaped)}"`);
  return `{${parts.join(",")}}`;
}

function escaped(character: string): string {
  return character === "\n" ? "\\n" : `\\${character}`;
}
