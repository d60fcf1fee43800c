import { log, metrics, observedSubject, rule, traces } from "./subjects.ts";

export const subject = observedSubject([metrics, traces(0.01), log, rule], 1);
