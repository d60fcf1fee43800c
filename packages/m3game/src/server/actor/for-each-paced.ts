export interface Pace {
  /** How many at a time at least, however long they take, and at first. @default 1 */
  readonly least?: number;
  /** How many at a time at most. */
  readonly limit: number;
  /** What takes longer, in milliseconds, takes too long. */
  readonly goodMs: number;
}

/**
 * Runs `task` for each item, in order: few at a time at first, one more whenever one was done soon enough, and half as many when one
 * was not. `task` resolves with how long it took, in milliseconds. Rejects with what a task throws, and begins no more then.
 */
export function forEachPaced<T>(
  items: readonly T[],
  { least = 1, limit, goodMs }: Pace,
  task: (item: T) => Promise<number>,
): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const rest = items.values();
  let width = least;
  let running = 0;
  const fill = (): void => {
    while (running < width) {
      const { value, done } = rest.next();
      if (done) break;
      running++;
      task(value).then(onDone, reject);
    }
    if (running === 0) resolve();
  };
  const onDone = (ms: number): void => {
    running--;
    width = ms > goodMs ? Math.max(least, Math.floor(width / 2)) : Math.min(limit, width + 1);
    fill();
  };
  fill();
  return promise;
}
