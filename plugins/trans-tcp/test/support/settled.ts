const turns = 500;

/**
 * Resolves with the value once it has not changed for many turns of the event loop, in each of which this process took
 * what the other end of a loopback connection had sent.
 */
export async function settled(value: () => number): Promise<number> {
  let last = value();
  for (let unchanged = 0; unchanged < turns; unchanged++) {
    await new Promise((resolve) => setImmediate(resolve));
    const current = value();
    if (current !== last) unchanged = 0;
    last = current;
  }
  return last;
}
