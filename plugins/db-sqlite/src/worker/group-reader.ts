import type { ColumnList, ScopeData, SqlValue } from "../protocol.ts";

export interface GroupWrite {
  readonly kind: number;
  readonly table: number;
  readonly key: SqlValue;
  readonly version: number;
  readonly columns: ColumnList;
  readonly values: readonly SqlValue[];
}

export interface Group {
  readonly scope: ScopeData | null;
  readonly writes: readonly GroupWrite[];
}

/** Reads the groups of a `GroupsTask`, one after another. */
export class GroupReader {
  readonly #data: readonly SqlValue[];
  readonly #widths = new Map<ColumnList, number>();
  #at = 0;

  constructor(data: readonly SqlValue[]) {
    this.#data = data;
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#data.length;
  }

  next(): Group {
    const count = Number(this.#take());
    const scope = this.#nextScope();
    const writes: GroupWrite[] = [];
    while (writes.length < count) writes.push(this.#nextWrite());
    return { scope, writes };
  }

  #nextScope(): ScopeData | null {
    const claim = this.#take();
    if (typeof claim !== "string") return null;
    const [epoch, counter] = [this.#take(), this.#take()];
    if (isFencePart(epoch) && isFencePart(counter)) return [claim, epoch, counter];
    throw new Error("a claim came without its fence");
  }

  #nextWrite(): GroupWrite {
    const kind = Number(this.#take());
    const table = Number(this.#take());
    const key = this.#take();
    const version = Number(this.#take());
    const columns = String(this.#take());
    const values = this.#data.slice(this.#at, this.#at + this.#width(columns));
    this.#at += values.length;
    return { kind, table, key, version, columns, values };
  }

  #take(): SqlValue {
    const value = this.#data[this.#at];
    if (value === undefined) throw new Error("a group is cut off");
    this.#at += 1;
    return value;
  }

  #width(columns: ColumnList): number {
    let width = this.#widths.get(columns);
    if (width === undefined) {
      width = columns === "" ? 0 : columns.split(",").length;
      this.#widths.set(columns, width);
    }
    return width;
  }
}

function isFencePart(value: SqlValue): value is number | bigint {
  return typeof value === "number" || typeof value === "bigint";
}
