import { metrics, observedSubject } from "./subjects.ts";

export const subject = observedSubject([metrics]);
