// The process of a measurement that needs just one: runs it once, ends with its parent.
import type { Sample } from "./result.ts";
import type { SoloMeasure, SoloOptions } from "./solo-subject.ts";

export interface SoloRequest {
  readonly module: string;
  /** The export to run. */
  readonly measure: string;
  readonly options: SoloOptions;
}

export interface SoloReply {
  readonly kind: "measured";
  readonly sample: Sample;
}

function reply(message: SoloReply): void {
  process.send?.(message);
}

process.on("disconnect", () => process.exit());
process.on("message", async ({ module, measure, options }: SoloRequest) => {
  const loaded: Readonly<Record<string, SoloMeasure>> = await import(module);
  const run = loaded[measure];
  if (run === undefined) throw new Error(`${module} exports no "${measure}"`);
  reply({ kind: "measured", sample: await run(options) });
});
