import { observedSubject, traces } from "./subjects.ts";

export const subject = observedSubject([traces(0.01)], 1);
