import { log, metrics, observedSubject, rule, traces } from "./subjects.ts";

export const subject = observedSubject([metrics, traces(1), log, rule]);
