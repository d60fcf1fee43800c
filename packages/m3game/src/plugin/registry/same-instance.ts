import type { Instance } from "../router.ts";

/** True for entries with the same content. One that has not changed is mostly the same object. */
export function isSameInstance(a: Instance, b: Instance): boolean {
  if (a === b) return true;
  const keys = Object.keys(a.meta);
  return (
    a.app === b.app &&
    a.service === b.service &&
    a.host === b.host &&
    a.port === b.port &&
    keys.length === Object.keys(b.meta).length &&
    keys.every((key) => a.meta[key] === b.meta[key])
  );
}
