import { observedSubject, rule } from "./subjects.ts";

export const subject = observedSubject([rule]);
