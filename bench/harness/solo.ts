import type { Sample } from "./result.ts";
import type { SoloReply, SoloRequest } from "./solo-main.ts";
import type { SoloOptions } from "./solo-subject.ts";
import { Worker } from "./worker.ts";

const timeoutMs = 300_000;

/** Runs one exported `SoloMeasure` of a module in a fresh process. */
export async function measureSolo(module: URL, measure: string, options: SoloOptions): Promise<Sample> {
  await using worker = new Worker<SoloRequest, SoloReply>(new URL("solo-main.ts", import.meta.url));
  worker.send({ module: module.href, measure, options });
  const { sample } = await worker.receive("measured", timeoutMs + options.measureMs);
  return sample;
}
