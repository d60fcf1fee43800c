import type { Run } from "./pg-connections.ts";
import { isBroken } from "./pg-error.ts";

/**
 * Does all of it, or nothing when `work` rejects or rolls back. It sees the store as at one moment: a change by others
 * since then makes it reject with a conflict.
 */
export async function transaction<T>(run: Run, work: (rollBack: () => void) => Promise<T>): Promise<T> {
  let isRolledBack = false;
  await run({ text: "BEGIN ISOLATION LEVEL REPEATABLE READ" });
  try {
    const result = await work(() => {
      isRolledBack = true;
    });
    await run({ text: isRolledBack ? "ROLLBACK" : "COMMIT" });
    return result;
  } catch (error) {
    if (!isBroken(error)) await run({ text: "ROLLBACK" });
    throw error;
  }
}
