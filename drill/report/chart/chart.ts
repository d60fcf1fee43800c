import { linear, type Scale } from "./scale.ts";
import { element, label, through } from "./svg.ts";

/** One value for each second; undefined where there is none. */
export interface Series {
  readonly name: string;
  readonly color: string;
  readonly values: readonly (number | undefined)[];
}

/** One of the diagrams that stand above each other, with a time axis in common. */
export interface Panel {
  /** What its axis shows, with its unit. */
  readonly title: string;
  /** `areas` stand on top of each other. */
  readonly kind: "areas" | "lines";
  readonly series: readonly Series[];
  /** The axis, by the greatest value that it has to show. */
  readonly scale: (most: number) => Scale;
}

/** A moment at which something changed. */
export interface Mark {
  /** In seconds from the beginning. */
  readonly at: number;
  readonly label: string;
}

export interface Chart {
  /** For those who can't see it. */
  readonly title: string;
  readonly seconds: number;
  readonly panels: readonly Panel[];
  readonly marks: readonly Mark[];
}

const [width, left, right] = [860, 56, 16] as const;
const [panelHeight, gap, top, bottom] = [170, 44, 64, 40] as const;
const inner = width - left - right;
/** Of a letter, about; and how far apart two rows of the labels of marks are. */
const [letterWidth, rowHeight] = [6.3, 15] as const;

// It has a background of its own: whatever page it is in, light or dark, its own colours fit to each other.
const style = `
text{font:12px sans-serif;fill:#1f2328}.soft{fill:#59636e}.paper{fill:#fff}.grid{stroke:#d8dee4}.mark{stroke:#59636e;stroke-dasharray:4 3}
@media(prefers-color-scheme:dark){text{fill:#f0f6fc}.soft{fill:#9198a1}.paper{fill:#0d1117}.grid{stroke:#30363d}.mark{stroke:#9198a1}}
`;

/** The chart as SVG. The same chart gives the same text. */
export function renderChart({ title, seconds, panels, marks }: Chart): string {
  const height = top + panels.length * (panelHeight + gap) - gap + bottom;
  const x = (second: number) => left + (inner * second) / seconds;
  const base = (index: number) => top + index * (panelHeight + gap) + panelHeight;
  return `${element(
    "svg",
    { xmlns: "http://www.w3.org/2000/svg", viewBox: `0 0 ${width} ${height}`, role: "img" },
    ...[element("title", {}, title), element("style", {}, style)],
    `\n${element("rect", { class: "paper", width, height, rx: 6 })}`,
    ...panels.map((panel, index) => `\n${renderPanel(panel, x, base(index))}`),
    `\n${renderTimeAxis(seconds, x, base(panels.length - 1))}`,
    `\n${renderMarks(marks, x, base(panels.length - 1))}\n`,
  )}\n`;
}

function renderPanel(
  { title, kind, series, scale: scaleOf }: Panel,
  x: (second: number) => number,
  base: number,
): string {
  const layers = kind === "areas" ? stack(series) : series.map((each) => ({ ...each, below: undefined }));
  const scale = scaleOf(Math.max(0, ...layers.flatMap(({ values }) => values.map((value) => value ?? 0))));
  const y = (value: number) => base - panelHeight * scale.place(value);
  return [
    label(left - 44, base - panelHeight - 10, title, { class: "soft" }),
    ...renderLegend(series, base - panelHeight - 10),
    ...scale.ticks.flatMap((tick) => [
      element("path", {
        class: "grid",
        d: through([
          [left, y(tick)],
          [width - right, y(tick)],
        ]),
      }),
      label(left - 6, y(tick) + 4, String(tick), { class: "soft", "text-anchor": "end" }),
    ]),
    ...layers.map((layer) => renderLayer(layer, x, y)),
  ].join("");
}

interface Layer extends Series {
  /** What it stands on; undefined for a line. */
  readonly below: readonly number[] | undefined;
}

function renderLayer(
  { values, below, color }: Layer,
  x: (second: number) => number,
  y: (value: number) => number,
): string {
  // A value is that of a whole second: it stands in its middle.
  const points = (line: readonly (number | undefined)[]) =>
    line.flatMap((value, second) => (value === undefined ? [] : [[x(second + 0.5), y(value)] as const]));
  if (below === undefined)
    return element("path", { fill: "none", stroke: color, "stroke-width": 1.6, d: through(points(values)) });
  return element("path", { fill: color, d: `${through([...points(values), ...points(below).toReversed()])}Z` });
}

/** Each on top of those before it. */
function stack(series: readonly Series[]): readonly Layer[] {
  let below: readonly number[] = (series[0]?.values ?? []).map(() => 0);
  return series.map((each) => {
    const layer = { ...each, below, values: below.map((value, second) => value + (each.values[second] ?? 0)) };
    below = layer.values;
    return layer;
  });
}

/** From the right, in the order of the series. */
function renderLegend(series: readonly Series[], y: number): readonly string[] {
  const widths = series.map(({ name }) => name.length * letterWidth + 26);
  let x = width - right - widths.reduce((sum, each) => sum + each, 0);
  return series.flatMap(({ name, color }, index) => {
    const parts = [element("rect", { x, y: y - 9, width: 10, height: 10, rx: 2, fill: color }), label(x + 14, y, name)];
    x += widths[index] ?? 0;
    return parts;
  });
}

function renderTimeAxis(seconds: number, x: (second: number) => number, base: number): string {
  const ticks = linear(seconds, 10).ticks.filter((tick) => tick <= seconds);
  return [
    ...ticks.map((tick) => label(x(tick), base + 16, String(tick), { class: "soft", "text-anchor": "middle" })),
    label(width - right, base + 32, "seconds", { class: "soft", "text-anchor": "end" }),
  ].join("");
}

/** Lines through all panels; a label that would cover another one is in a row below. */
function renderMarks(marks: readonly Mark[], x: (second: number) => number, base: number): string {
  const ends = [0, 0];
  return marks
    .map(({ at, label: text }) => {
      const from = x(at);
      const row = ends.findIndex((end) => end <= from);
      const y = 16 + Math.max(row, 0) * rowHeight;
      ends[Math.max(row, 0)] = from + text.length * letterWidth + 8;
      return (
        element("path", {
          class: "mark",
          d: through([
            [from, y + 3],
            [from, base],
          ]),
        }) + label(from + 3, y, text)
      );
    })
    .join("");
}
