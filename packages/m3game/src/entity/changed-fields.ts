import type { DescField } from "@bufbuild/protobuf";
import { noField, RunReader } from "./run-reader.ts";

/** True when both are the same bytes. */
export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && sameRange(a, 0, b, 0, a.length);
}

/** The fields whose values differ between two encodings, in the order of their numbers. */
export type FieldComparer = (before: Uint8Array, after: Uint8Array) => readonly DescField[];

/**
 * Compares encodings of a type with these fields, by their numbers, as `toBinary` writes them: the type's fields in the
 * order of their numbers, then what it does not know, which is left aside.
 */
export function fieldComparer(fields: ReadonlyMap<number, DescField>): FieldComparer {
  const old = new RunReader();
  const now = new RunReader();
  return (before, after) => {
    let changed: readonly DescField[] = [];
    old.open(before);
    now.open(after);
    advance(old, fields);
    advance(now, fields);
    while (old.number !== now.number || old.number !== noField) {
      const first = Math.min(old.number, now.number);
      if (old.number !== now.number || !sameRun(before, old, after, now)) {
        const field = fields.get(first);
        // An array that was pushed to has room for sixteen more.
        if (field !== undefined) changed = changed.length === 0 ? [field] : changed.concat(field);
      }
      if (old.number === first) advance(old, fields);
      if (now.number === first) advance(now, fields);
    }
    old.close();
    now.close();
    return changed;
  };
}

/** The part of an encoding that holds these fields, which must be in the order of their numbers. */
export function pickFields(encoding: Uint8Array, numbers: readonly number[]): Uint8Array {
  const picked = new Uint8Array(encoding.length);
  let length = 0;
  const reader = new RunReader();
  reader.open(encoding);
  for (const number of numbers) {
    reader.find(number);
    if (reader.number !== number) continue;
    picked.set(encoding.subarray(reader.start, reader.end), length);
    length += reader.end - reader.start;
  }
  return picked.subarray(0, length);
}

function advance(reader: RunReader, fields: { has(number: number): boolean }): void {
  reader.next();
  if (!fields.has(reader.number)) reader.number = noField;
}

function sameRun(before: Uint8Array, old: RunReader, after: Uint8Array, now: RunReader): boolean {
  const length = old.end - old.start;
  return length === now.end - now.start && sameRange(before, old.start, after, now.start, length);
}

function sameRange(a: Uint8Array, aStart: number, b: Uint8Array, bStart: number, length: number): boolean {
  // Of few bytes the loop is faster than the call out of JavaScript.
  if (length > 128)
    return Buffer.compare(a.subarray(aStart, aStart + length), b.subarray(bStart, bStart + length)) === 0;
  for (let at = 0; at < length; at++) if (a[aStart + at] !== b[bStart + at]) return false;
  return true;
}
