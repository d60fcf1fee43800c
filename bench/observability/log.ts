import { log, observedSubject } from "./subjects.ts";

export const subject = observedSubject([log]);
