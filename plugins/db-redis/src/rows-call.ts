import { checkScope, type FieldSet } from "m3game/internal";
import { fenceText } from "./fence-text.ts";
import type { GroupPart, WriteCall } from "./group-call.ts";
import { keyBytes } from "./index-member.ts";
import type { Partition } from "./keys.ts";
import type { RedisArgument } from "./redis-link.ts";
import type { RedisTable } from "./redis-table.ts";
import { rowsScript } from "./rows-script.ts";

/** How much goes into one run of the script, for as long as which the server does nothing else. */
const maxCallBytes = 64 * 1024;
const maxCallRows = 200;

/** A part that is one create or update, encoded. */
export interface EncodedRow {
  readonly part: GroupPart;
  readonly table: RedisTable;
  readonly kind: "create" | "update";
  readonly fields: FieldSet<RedisArgument>;
  readonly keys: readonly [fence: string, row: string];
  readonly args: readonly [fence: string, named: RedisArgument, ...values: RedisArgument[]];
}

/** Undefined for a part that `rowsScript` does not write. Throws INVALID_ARGUMENT. */
export function encodeRow(partition: Partition, part: GroupPart): EncodedRow | undefined {
  const { group, writes } = part;
  const [only] = writes;
  if (only === undefined || writes.length > 1) return undefined;
  const { write, table, key } = only;
  if (write.kind === "delete" || table.schema.indexes.length > 0) return undefined;
  const fields = table.codec.fields(write.kind === "create" ? undefined : write.fields);
  const values: (RedisArgument | null)[] = [];
  table.codec.encode(write.message, fields, values);
  // What is absent is to be removed.
  if (!isWhole(values)) return undefined;
  const { name } = table.table;
  const fence = group.scope === undefined ? "" : fenceText(checkScope(group.scope).fence);
  const fenceKey = group.scope === undefined ? partition.table(name) : partition.fence(group.scope.claim);
  const named = write.kind === "create" ? keyBytes(table.table.key, write.key) : String(write.version);
  const keys = [fenceKey, partition.row(name, key)] as const;
  return { part, table, kind: write.kind, fields, keys, args: [fence, named, ...values] };
}

/** The same for rows that may be in one call. */
export function rowsName({ table, kind, fields }: EncodedRow): string {
  return `${table.table.name} ${kind} ${fields.list}`;
}

/** Rows with one name, as one run of `rowsScript`. */
export class RowsCall implements WriteCall {
  readonly script = rowsScript;
  readonly parts: GroupPart[] = [];
  readonly keys: string[];
  args: readonly RedisArgument[] = [];
  bytes = 0;
  readonly #first: EncodedRow;
  readonly #rows: RedisArgument[] = [];

  constructor(partition: Partition, first: EncodedRow) {
    const { name } = first.table.table;
    this.#first = first;
    this.keys = [partition.table(name), partition.keyIndex(name)];
  }

  get isFull(): boolean {
    return this.parts.length >= maxCallRows || this.bytes >= maxCallBytes;
  }

  add({ part, keys, args }: EncodedRow): void {
    this.parts.push(part);
    for (const key of keys) this.keys.push(key);
    for (const arg of args) {
      this.#rows.push(arg);
      this.bytes += arg.length;
    }
  }

  finish(mustBeRaised: boolean): void {
    const { table, kind, fields } = this.#first;
    const names = table.namesOf(fields);
    const head = [mustBeRaised ? "1" : "0", String(table.schema.revision), kind.charAt(0), String(names.length)];
    this.args = [...head, ...names, ...this.#rows];
  }
}

function isWhole(values: readonly (RedisArgument | null)[]): values is readonly RedisArgument[] {
  return !values.includes(null);
}
