import type { LogFields } from "m3game";
import { plainError } from "./plain-error.ts";

const secretName = /(^|[^a-z])(password|passwd|token|secret|authorization|auth)$/i;
const secretTail = /(Password|Token|Secret|Authorization|Auth)$/;
// What every line has of its own.
const reserved: ReadonlySet<string> = new Set(["level", "time", "msg"]);

/**
 * The fields as a line may show them: values named like secrets are `***`, here and one level deeper; errors become
 * plain objects with stack and cause; a name that every line has of its own gets a `_` behind it.
 */
export function loggableFields(fields: LogFields): LogFields {
  const shown: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(fields)) {
    shown[reserved.has(name) ? `${name}_` : name] = isSecret(name) ? "***" : loggableValue(value);
  }
  return shown;
}

function isSecret(name: string): boolean {
  return secretName.test(name) || secretTail.test(name);
}

function loggableValue(value: unknown): unknown {
  if (value instanceof Error) return plainError(value);
  if (typeof value !== "object" || value === null || Array.isArray(value) || ArrayBuffer.isView(value)) return value;
  if (!Object.keys(value).some(isSecret)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, isSecret(name) ? "***" : inner]));
}
