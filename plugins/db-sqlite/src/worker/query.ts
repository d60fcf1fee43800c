import type { Condition, QueryTask, SqlValue } from "../protocol.ts";
import type { StoredTable } from "./stored-table.ts";

interface Clause {
  readonly sql: string;
  readonly values: readonly SqlValue[];
}

/** The rows of a page and one more, if there is one: version and columns of each. */
export function runQuery(table: StoredTable, task: QueryTask): readonly (readonly SqlValue[])[] {
  const order = table.names.column(task.order);
  const { key } = table.names;
  const direction = task.descending ? "DESC" : "ASC";
  const clauses = task.conditions.map((condition) => conditionClause(table.names.column(condition.column), condition));
  if (task.after !== null) clauses.push(afterClause(order, key, task.descending, task.after));
  const where = clauses.length === 0 ? "" : `WHERE ${clauses.map(({ sql }) => `(${sql})`).join(" AND ")}`;
  const sorted = order === key ? `${key} ${direction}` : `${order} ${direction}, ${key} ${direction}`;
  const query = table.queries.get(`${task.columns} ${where} ORDER BY ${sorted} LIMIT ?`);
  return query.rows([...clauses.flatMap(({ values }) => values), task.limit + 1]);
}

function conditionClause(column: string, condition: Condition): Clause {
  if ("in" in condition) {
    return { sql: `${column} IN (${condition.in.map(() => "?").join(", ")})`, values: condition.in };
  }
  const { from, to } = condition;
  const bounds: Clause[] = [{ sql: `${column} IS NOT NULL`, values: [] }];
  if (from !== null) bounds.push({ sql: `${column} >= ?`, values: [from] });
  if (to !== null) bounds.push({ sql: `${column} < ?`, values: [to] });
  return { sql: bounds.map(({ sql }) => sql).join(" AND "), values: bounds.flatMap(({ values }) => values) };
}

/** What comes after a row. SQLite sorts NULL before all values. */
function afterClause(
  order: string,
  key: string,
  isDescending: boolean,
  [value, lastKey]: readonly [SqlValue, SqlValue],
): Clause {
  const beyond = isDescending ? "<" : ">";
  if (order === key) return { sql: `${key} ${beyond} ?`, values: [lastKey] };
  if (value === null) {
    const rest = isDescending ? "" : ` OR ${order} IS NOT NULL`;
    return { sql: `(${order} IS NULL AND ${key} ${beyond} ?)${rest}`, values: [lastKey] };
  }
  const absent = isDescending ? ` OR ${order} IS NULL` : "";
  return {
    sql: `${order} ${beyond} ? OR (${order} = ? AND ${key} ${beyond} ?)${absent}`,
    values: [value, value, lastKey],
  };
}
