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

/** What is wrong with an answer, undefined when it is the request, as every server here answers. */
export function echoProblem(sent: string, received: string): Error | undefined {
  return received === sent ? undefined : new Error(`sent "${sent}" but the answer is "${received}"`);
}
