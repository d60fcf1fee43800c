import type { MetricSample } from "@m3game/testing";

/** Reads Prometheus's text format. Throws for a line that is none. */
export function parsePrometheusText(text: string): readonly MetricSample[] {
  return text
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("#"))
    .map(parseLine);
}

function parseLine(line: string): MetricSample {
  const [, name = "", labels = "", value = ""] = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)$/.exec(line) ?? [];
  if (name === "") throw new SyntaxError(`no sample: ${line}`);
  const found = [...labels.matchAll(/([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"(?:,|$)/g)];
  if (found.reduce((length, [match]) => length + match.length, 0) !== labels.length) {
    throw new SyntaxError(`no labels: ${labels}`);
  }
  return {
    name,
    labels: Object.fromEntries(found.map(([, label = "", text = ""]) => [label, plain(text)])),
    value: value === "+Inf" ? Number.POSITIVE_INFINITY : Number(value),
  };
}

function plain(text: string): string {
  return text.replace(/\\(.)/g, (_, character: string) => (character === "n" ? "\n" : character));
}
