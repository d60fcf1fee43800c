import type { MetricLabels } from "m3game";

/** One value as Prometheus shows it: a histogram has several, `…_bucket` with a label `le`, `…_sum` and `…_count`. */
export interface MetricSample {
  readonly name: string;
  readonly labels: MetricLabels;
  readonly value: number;
}

/** The value of the sample with this name and at least these labels, undefined when there is none. */
export function sampleValue(
  samples: readonly MetricSample[],
  name: string,
  labels: MetricLabels = {},
): number | undefined {
  return samples.find(
    (sample) =>
      sample.name === name && Object.entries(labels).every(([label, value]) => sample.labels[label] === value),
  )?.value;
}
