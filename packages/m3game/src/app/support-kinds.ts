/** The kinds of which an app may have any number, or none, in the order in which they start. */
export const supportKinds = ["metric", "trace", "shape", "script", "lease", "db", "gate"] as const;

export type SupportKind = (typeof supportKinds)[number];
