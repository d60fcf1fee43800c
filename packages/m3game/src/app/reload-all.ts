import type { PendingReload, Reloadable } from "../plugin/reload.ts";

/** Loads all parts again, all or none: rejects with what the first one says that can't be loaded. */
export async function reloadAll(parts: readonly Reloadable[]): Promise<void> {
  const pending: PendingReload[] = [];
  try {
    for (const part of parts) pending.push(await part.prepareReload());
  } catch (error) {
    for (const each of pending) each.discard();
    throw error;
  }
  for (const each of pending) each.commit();
}
