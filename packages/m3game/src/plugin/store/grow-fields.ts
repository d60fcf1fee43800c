import { Code } from "../../meta/code.ts";
import { M3Error } from "../../meta/error.ts";
import type { DbTable } from "../db.ts";
import { fieldType } from "./field-kind.ts";

/** What a store remembers of a field: it is known by its number, whatever it is called. */
export interface StoredField {
  readonly number: number;
  /** Its name in the store: that which it had when it was stored first, or one like it. */
  readonly name: string;
  /** Compared with what it was made for. */
  readonly type: string;
}

/** What a table is to become. */
export interface GrownFields {
  /** The names in the store of all fields that it knows, by their numbers. */
  readonly names: ReadonlyMap<number, string>;
  /** Those of the table that the store did not know. */
  readonly missing: readonly StoredField[];
}

/**
 * What a table that the store knows with these fields has to become. `reserved` are names that no field may have. Throws
 * FAILED_PRECONDITION when a field has another type than before.
 */
export function growFields(
  { name: table, schema, key }: DbTable,
  stored: readonly StoredField[],
  reserved: readonly string[],
): GrownFields {
  const known = new Map(stored.map((field) => [field.number, field]));
  const names = new Map(stored.map(({ number, name }) => [number, name]));
  const missing: StoredField[] = [];
  for (const field of schema.fields) {
    const type = field === key ? `key ${fieldType(field)}` : fieldType(field);
    const before = known.get(field.number);
    if (before === undefined) {
      const name = freeName(field.number, field.name, [...names.values(), ...reserved]);
      names.set(field.number, name);
      missing.push({ number: field.number, name, type });
    } else if (before.type !== type) {
      const remedy = field === key ? "use another table" : "give it a number that no field has had before";
      throw new M3Error(
        Code.FAILED_PRECONDITION,
        `field ${field.name} of table ${table} is ${type}, and was ${before.type} when it was stored: ${remedy}`,
      );
    }
  }
  return { names, missing };
}

/** Two fields may have one name over time, and not every store takes account of case. */
function freeName(number: number, name: string, taken: readonly string[]): string {
  const isTaken = taken.some((other) => other.toLowerCase() === name.toLowerCase());
  return isTaken ? `${name}_${number}` : name;
}
