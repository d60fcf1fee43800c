/** The folders of packages/m3game/src, lowest first: a file imports only from its own folder and those before it. */
export const layers: readonly string[] = [
  "meta",
  "gameplay",
  "config",
  "plugin",
  "telemetry",
  "rpc",
  "mesh",
  "trans",
  "entity",
  "ownership",
  "resource",
  "script",
  "server",
  "gate",
  "app",
];

const source = "packages/m3game/src/";

/** What is wrong with one import inside the runtime, or undefined when both files are in their places. */
export function layerProblem(importer: string, imported: string): string | undefined {
  if (!importer.startsWith(source) || !imported.startsWith(source)) return undefined;
  const [from = "", ...deeper] = importer.slice(source.length).split("/");
  if (deeper.length === 0) return undefined;
  const [to = ""] = imported.slice(source.length).split("/");
  const rank = layers.indexOf(from);
  if (rank < 0) return `folder ${from} has no place in the layers: enter it in scripts/check/layers.ts`;
  if (layers.slice(0, rank + 1).includes(to)) return undefined;
  const allowed = layers.slice(0, rank + 1).join(", ");
  return `${from} may import only from ${allowed}: move what both need down, or the importer up`;
}
