import { type DescField, fromBinary, type Message, toBinary } from "@bufbuild/protobuf";
import { type ReflectMessage, reflect } from "@bufbuild/protobuf/reflect";
import { Code } from "../../meta/code.ts";
import { M3Error } from "../../meta/error.ts";
import type { DbKey, DbQuery, DbTable } from "../db.ts";
import { checkValue } from "./check-value.ts";
import { fieldKind, isOptional } from "./field-kind.ts";

const cursorFormat = "1";

/** Where a page ended: what its last row was ordered by. */
export interface QueryPosition {
  /** Undefined when it is absent. */
  readonly order: DbKey | boolean | undefined;
  readonly key: DbKey | boolean;
}

/** What the next page is to begin after. */
export function encodeCursor({ schema, key }: DbTable, query: DbQuery, last: Message): string {
  const row = reflect(schema, last, false);
  const cursor = reflect(schema);
  for (const field of [query.orderBy?.field ?? key, key]) {
    if (!isOptional(field) || row.isSet(field)) cursor.set(field, row.get(field));
  }
  return cursorFormat + Buffer.from(toBinary(schema, cursor.message)).toString("base64url");
}

/** Where the query's cursor points, undefined when it has none. Throws INVALID_ARGUMENT. */
export function decodeCursor(table: DbTable, { cursor: text, orderBy }: DbQuery): QueryPosition | undefined {
  if (text === undefined) return undefined;
  const bytes = Buffer.from(text.slice(cursorFormat.length), "base64url");
  try {
    const message = fromBinary(table.schema, bytes);
    if (cursorFormat + bytes.toString("base64url") === text && message.$unknown === undefined) {
      const cursor = reflect(table.schema, message, false);
      const order = orderBy?.field ?? table.key;
      const isAbsent = isOptional(order) && !cursor.isSet(order);
      return { order: isAbsent ? undefined : orderValue(cursor, order), key: orderValue(cursor, table.key) };
    }
  } catch {
    // What can't be decoded is none of ours either.
  }
  throw new M3Error(
    Code.INVALID_ARGUMENT,
    "the cursor is none of this table: pass on the one that the page before ended with",
  );
}

/** The value of a field that rows can be ordered by. */
function orderValue(message: ReflectMessage, field: DescField): DbKey | boolean {
  const value = checkValue(field, fieldKind(field), message.get(field));
  if (value instanceof Uint8Array) throw new Error(`rows can't be ordered by ${field}`);
  return value;
}
