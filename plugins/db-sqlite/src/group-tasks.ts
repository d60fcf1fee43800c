import type { DbGroup, DbScope, DbWrite } from "m3game";
import type { FieldSet, TableRegistry } from "m3game/internal";
import type { PreparedTable } from "./prepared-table.ts";
import { type GroupsTask, type SqlValue, type UpdatesTask, writeKinds } from "./protocol.ts";
import { scopeData } from "./scope-data.ts";

type Tables = TableRegistry<PreparedTable>;
type Update = Extract<DbWrite, { readonly kind: "update" }>;

/** Groups that go to the worker as one task. */
export interface EncodedGroups {
  readonly task: GroupsTask | UpdatesTask;
  /** Their places among the groups of the call. */
  readonly places: number[];
  /** Roughly the size of the data. */
  bytes: number;
}

/** How many bytes of groups go to the worker as one task: between two of them others get their turn. */
const maxTaskBytes = 64 * 1024;
const noScope = [null, 0, 0] as const;
const scopeBytes = 24;

/** Puts groups into tasks: those of a single update to others that update the same columns, all else as it comes. */
export class GroupTasks {
  readonly all: EncodedGroups[] = [];
  readonly #tables: Tables;
  /** Those that are not full yet. */
  readonly #updates = new Map<FieldSet<SqlValue>, OpenTask<UpdatesTask>>();
  #groups: OpenTask<GroupsTask> | undefined;

  constructor(tables: Tables) {
    this.#tables = tables;
  }

  /** Throws INVALID_ARGUMENT for a value that does not fit, and then adds nothing. */
  add(place: number, group: DbGroup): void {
    const [first] = group.writes;
    if (group.writes.length === 1 && first?.kind === "update") this.#addUpdate(place, group.scope, first);
    else this.#addGroup(place, group);
  }

  #addUpdate(place: number, scope: DbScope | undefined, { table: of, key, version, fields, message }: Update): void {
    const table = this.#tables.get(of);
    const set = table.fields(fields);
    let open = this.#updates.get(set);
    if (open === undefined || open.bytes >= maxTaskBytes) {
      const { id } = table.layout;
      open = this.#open({
        kind: "updates",
        table: id,
        columns: set.list,
        claims: [],
        epochs: [],
        counters: [],
        rows: [],
      });
      this.#updates.set(set, open);
    }
    const { claims, epochs, counters, rows } = open.task;
    const start = rows.length;
    try {
      const data = scope === undefined ? noScope : scopeData(scope);
      const claim = data[0];
      rows.push(table.encodeKey(key), toNumber(version));
      table.encode(message, set, rows);
      claims.push(claim);
      epochs.push(data[1]);
      counters.push(data[2]);
      open.bytes += scopeBytes + (claim?.length ?? 0) + sizeOf(rows, start);
    } catch (error) {
      rows.length = start;
      throw error;
    }
    open.places.push(place);
  }

  #addGroup(place: number, { scope, writes }: DbGroup): void {
    if (this.#groups === undefined || this.#groups.bytes >= maxTaskBytes) {
      this.#groups = this.#open({ kind: "groups", data: [] });
    }
    const { data } = this.#groups.task;
    const start = data.length;
    try {
      data.push(writes.length);
      if (scope === undefined) data.push(null);
      else data.push(...scopeData(scope));
      for (const write of writes) encodeWrite(this.#tables, write, data);
    } catch (error) {
      data.length = start;
      throw error;
    }
    this.#groups.places.push(place);
    this.#groups.bytes += sizeOf(data, start);
  }

  #open<T extends GroupsTask | UpdatesTask>(task: T): OpenTask<T> {
    const open = { task, places: [], bytes: 0 };
    this.all.push(open);
    return open;
  }
}

interface OpenTask<T> extends EncodedGroups {
  readonly task: T & EncodedGroups["task"];
}

function encodeWrite(tables: Tables, write: DbWrite, data: SqlValue[]): void {
  const table = tables.get(write.table);
  const version = write.kind === "create" ? 0 : toNumber(write.version);
  data.push(writeKinds[write.kind], table.layout.id, table.encodeKey(write.key), version);
  if (write.kind === "delete") {
    data.push("");
    return;
  }
  const columns = table.fields(write.kind === "create" ? undefined : write.fields);
  data.push(columns.list);
  table.encode(write.message, columns, data);
}

/** A version beyond what a number can count is that of no row. */
function toNumber(version: bigint): number {
  return Number(version);
}

/** Roughly, from a place on. */
function sizeOf(values: readonly (SqlValue | undefined)[], start: number): number {
  let bytes = 0;
  for (let index = start; index < values.length; index++) {
    const value = values[index];
    bytes += 8 + (typeof value === "string" || value instanceof Uint8Array ? value.length : 0);
  }
  return bytes;
}
