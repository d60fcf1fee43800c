import type { DbRow, DbTable } from "m3game";
import { type FieldSet, TableCodec } from "m3game/internal";
import { columnValues } from "./column-value.ts";
import type { RowData, SqlValue, TableLayout } from "./protocol.ts";
import { columnLayout, keyLayout } from "./table-layout.ts";
import type { TableNames } from "./table-names.ts";

/** A table as the worker knows it, and how its rows are encoded for it. */
export class PreparedTable extends TableCodec<SqlValue> {
  readonly layout: TableLayout;
  /** What its columns are called in the file; undefined until the worker has said so. */
  names: TableNames | undefined;

  /** Throws when the table can't be stored: INVALID_ARGUMENT for its name, FAILED_PRECONDITION for its fields. */
  constructor(id: number, table: DbTable) {
    super(table, columnValues);
    this.layout = {
      id,
      name: table.name,
      key: keyLayout(table.key),
      columns: this.fields().codecs.map(({ field }) => columnLayout(field)),
      indexed: table.indexed.filter((field) => field !== table.key).map(({ number }) => number),
    };
  }

  /** The row whose key's column holds `key`. Throws DATA_LOSS when it can't be decoded. */
  decodeRow(key: SqlValue, fields: FieldSet<SqlValue>, [version, ...values]: RowData): DbRow {
    return this.decode(typeof key === "number" ? BigInt(key) : key, fields, values, version);
  }
}
