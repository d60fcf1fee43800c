import type { DescField } from "@bufbuild/protobuf";
import { Code } from "../../meta/code.ts";
import { M3Error } from "../../meta/error.ts";
import type { DbQuery, DbTable } from "../db.ts";

const maxLimit = 1000;
const maxValues = 1000;

/** Throws UNIMPLEMENTED and INVALID_ARGUMENT as the contract of `readMany` has it, but for the values and the cursor. */
export function checkQuery(table: DbTable, { limit, filters, orderBy }: DbQuery): void {
  if (!Number.isInteger(limit) || limit < 1 || limit > maxLimit) {
    throw new M3Error(Code.INVALID_ARGUMENT, `the limit of a query is from 1 to ${maxLimit}, not ${limit}`);
  }
  if (orderBy !== undefined) checkIndexed(table, orderBy.field);
  for (const filter of filters) {
    checkIndexed(table, filter.field);
    if ("in" in filter && filter.in.length > maxValues) {
      throw new M3Error(Code.INVALID_ARGUMENT, `a filter has at most ${maxValues} values`);
    }
  }
}

function checkIndexed({ name, key, indexed }: DbTable, field: DescField): void {
  if (field === key || indexed.includes(field)) return;
  throw new M3Error(
    Code.UNIMPLEMENTED,
    `rows of table ${name} can't be found by ${field}: enter it in the table's indexed fields`,
  );
}
