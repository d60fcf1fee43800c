/** The elements of a list that the server answered. */
export function toList(reply: unknown): readonly unknown[] {
  if (Array.isArray(reply)) return reply;
  throw new Error("the server answered with something else");
}

/** Values of which some may be absent. */
export function toValues(reply: unknown): readonly (Buffer | null)[] {
  return toList(reply).map((value) => (Buffer.isBuffer(value) ? value : null));
}

export function toBuffers(reply: unknown): readonly Buffer[] {
  return toList(reply).filter((value) => Buffer.isBuffer(value));
}
