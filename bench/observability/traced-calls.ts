import { observedSubject, traces } from "./subjects.ts";

export const subject = observedSubject([traces(1)]);
