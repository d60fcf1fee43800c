import { observedSubject } from "./subjects.ts";

export const subject = observedSubject([]);
