/**
 * `AbortSignal.any` with a result that stays aborted: one that nobody listens to forgets it once the signal it follows is garbage
 * (https://github.com/nodejs/node/issues/65995; seen with Node 24.16 to 24.21). For signals of which one aborts in the end: it is
 * kept until then.
 */
export function anySignal(signals: readonly AbortSignal[]): AbortSignal {
  const any = AbortSignal.any([...signals]);
  any.addEventListener("abort", () => {}, { once: true });
  return any;
}
