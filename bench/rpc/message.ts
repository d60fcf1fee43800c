/** The requests that all subjects send in turn: 16 characters each, all different, so that a mixed-up answer shows. */
export const texts: readonly string[] = Array.from(
  { length: 1024 },
  (_, index) => `message-${String(index).padStart(8, "0")}`,
);

/** Hands the texts out in turn. */
export function textSource(): () => string {
  let next = 0;
  return () => texts[next++ & (texts.length - 1)] ?? "";
}

/** Throws unless the answer is the request, as every server here answers. */
export function checkEcho(sent: string, received: string): void {
  if (received !== sent) throw new Error(`sent "${sent}" but the answer is "${received}"`);
}
