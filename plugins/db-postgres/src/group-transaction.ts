import type { DbRefusal, DbWriteResult } from "m3game";
import type { EncodedGroup, EncodedWrite } from "./encoded-group.ts";
import type { Fences } from "./fences.ts";
import type { Run, Statement } from "./pg-connections.ts";

/** Writes one group, all or nothing, and finds out why when it can't. To be called in a transaction. */
export class GroupTransaction {
  readonly #fences: Fences;
  readonly #tables: string;

  /** `tables` is the table of tables, in statements. */
  constructor(fences: Fences, tables: string) {
    this.#fences = fences;
    this.#tables = tables;
  }

  async write(run: Run, { scope, writes }: EncodedGroup, rollBack: () => void): Promise<readonly DbWriteResult[]> {
    // Raised first, which locks it; undone when a write is refused.
    if (scope !== undefined && !(await this.#fences.tryRaise(run, scope))) {
      rollBack();
      return writes.map(() => refused("fenced"));
    }
    const results: DbWriteResult[] = [];
    for (const write of writes) results.push(await this.#writeOne(run, write));
    if (results.every(({ status }) => status === "written")) return results;
    rollBack();
    return results.map((result) => (result.status === "written" ? refused("group") : result));
  }

  async #writeOne(run: Run, write: EncodedWrite): Promise<DbWriteResult> {
    const { kind, table, key } = write;
    const { rows } = await run(this.#statement(write));
    const version = rows[0]?.[0];
    if (version != null) return { status: "written", version: BigInt(version) };
    if (kind === "create") return refused("exists");
    const found = await run({ text: `SELECT FROM ${table.sql} WHERE ${table.key} = $1`, values: [key] });
    return refused(found.count === 0 ? "missing" : "version");
  }

  #statement(write: EncodedWrite): Statement {
    const { kind, table, key, fields, values, version } = write;
    const prepared = table.statements.get(`alone ${kind} ${fields.list}`, () => this.#text(write));
    return { ...prepared, values: kind === "create" ? [key, ...values] : [key, version, ...values] };
  }

  #text({ kind, table, fields }: EncodedWrite): string {
    const columns = table.columns(fields);
    const literal = `'${table.table.name}'`;
    switch (kind) {
      case "create": {
        const places = columns.map((_column, index) => `, $${index + 2}`).join("");
        return `WITH begun AS (SELECT last_deleted FROM ${this.#tables} WHERE name = ${literal} FOR SHARE)
            INSERT INTO ${table.sql} (${[table.key, ...columns, "_ver"].join(", ")})
            SELECT $1${places}, last_deleted + 1 FROM begun ON CONFLICT DO NOTHING RETURNING _ver`;
      }
      case "update": {
        const changes = [...columns.map((column, index) => `${column} = $${index + 3}`), "_ver = _ver + 1"];
        return `UPDATE ${table.sql} SET ${changes.join(", ")} WHERE ${table.key} = $1 AND _ver = $2 RETURNING _ver`;
      }
      case "delete":
        // The lock comes first: a create that goes on after it sees what was deleted.
        return `WITH held AS MATERIALIZED (SELECT name FROM ${this.#tables} WHERE name = ${literal} FOR UPDATE),
            gone AS (DELETE FROM ${table.sql} USING held WHERE ${table.key} = $1 AND _ver = $2 RETURNING _ver),
            raised AS (UPDATE ${this.#tables} t SET last_deleted = greatest(last_deleted, _ver) FROM gone
              WHERE t.name = ${literal})
            SELECT _ver FROM gone`;
    }
  }
}

function refused(reason: DbRefusal): DbWriteResult {
  return { status: "refused", reason };
}
