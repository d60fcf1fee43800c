import type { Sample } from "./result.ts";
import type { Services } from "./subject.ts";

/** Must survive JSON. */
export interface SoloOptions {
  readonly measureMs: number;
  readonly services: Services;
  /** Numbers of the case, by name. */
  readonly params: Readonly<Record<string, number>>;
}

/** Something to measure within one process: a module exports functions of this kind, which run in a fresh process each. */
export type SoloMeasure = (options: SoloOptions) => Promise<Sample>;
