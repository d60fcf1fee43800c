import { compareFences, type DbScope, type DbWriteResult, type Fence } from "m3game";

/** The changing fields of an item. */
export interface ItemValues {
  readonly level: number;
  readonly power: bigint;
  readonly name: string;
  readonly tags: readonly string[];
}

export interface ModelRow {
  readonly version: bigint;
  readonly values: ItemValues;
}

export type ModelWrite =
  | { readonly kind: "create"; readonly name: string; readonly values: ItemValues }
  | {
      readonly kind: "update";
      readonly name: string;
      readonly values: ItemValues;
      readonly fields: readonly (keyof ItemValues)[];
      readonly version: bigint;
    }
  | { readonly kind: "delete"; readonly name: string; readonly version: bigint };

export interface ModelGroup {
  readonly scope?: DbScope | undefined;
  readonly writes: readonly ModelWrite[];
}

/** What a store has to do, said as simply as possible. */
export class StoreModel {
  readonly isAtomic: boolean;
  readonly rows = new Map<string, ModelRow>();
  readonly #lastVersions = new Map<string, bigint>();
  readonly #fences = new Map<string, Fence>();

  constructor(isAtomic: boolean) {
    this.isAtomic = isAtomic;
  }

  copy(): StoreModel {
    const copy = new StoreModel(this.isAtomic);
    copy.#become(this);
    return copy;
  }

  /** False when the store has to say FENCED. */
  raise({ claim, fence }: DbScope): boolean {
    const known = this.#fences.get(claim);
    if (known !== undefined && compareFences(fence, known) < 0) return false;
    this.#fences.set(claim, fence);
    return true;
  }

  /**
   * Makes the writes of a group. False when the store can't have answered `results`: the version of a new row is the
   * store's to choose, all else is given.
   */
  accept(group: ModelGroup, results: readonly DbWriteResult[]): boolean {
    const attempt = this.copy();
    if (group.scope !== undefined && !attempt.raise(group.scope)) {
      return results.every((result) => isRefused(result, "fenced"));
    }
    const refusals = group.writes.map((write) => attempt.#refusal(write));
    const isNothing = this.isAtomic && refusals.some((refusal) => refusal !== undefined);
    for (const [index, write] of group.writes.entries()) {
      const [refusal, result] = [refusals[index], results[index]];
      if (result === undefined) return false;
      if (refusal !== undefined || isNothing) {
        if (!isRefused(result, refusal ?? "group")) return false;
      } else if (result.status !== "written" || !attempt.#apply(write, result.version)) return false;
    }
    const isRaisedAnyway = !this.isAtomic && results.length > 0;
    if (isRaisedAnyway || results.some(({ status }) => status === "written")) this.#become(attempt);
    return true;
  }

  #refusal(write: ModelWrite): "exists" | "missing" | "version" | undefined {
    const row = this.rows.get(write.name);
    if (write.kind === "create") return row && "exists";
    if (row === undefined) return "missing";
    return row.version === write.version ? undefined : "version";
  }

  #apply(write: ModelWrite, version: bigint): boolean {
    const last = this.#lastVersions.get(write.name) ?? 0n;
    const row = this.rows.get(write.name);
    switch (write.kind) {
      case "create":
        if (version <= last) return false;
        this.rows.set(write.name, { version, values: write.values });
        break;
      case "update": {
        if (row === undefined || version !== row.version + 1n) return false;
        const changed = Object.fromEntries(write.fields.map((field) => [field, write.values[field]]));
        this.rows.set(write.name, { version, values: { ...row.values, ...changed } });
        break;
      }
      case "delete":
        if (version !== row?.version) return false;
        this.rows.delete(write.name);
    }
    this.#lastVersions.set(write.name, version);
    return true;
  }

  #become(other: StoreModel): void {
    for (const name of [...this.rows.keys()]) if (!other.rows.has(name)) this.rows.delete(name);
    for (const [name, row] of other.rows) this.rows.set(name, row);
    for (const [name, version] of other.#lastVersions) this.#lastVersions.set(name, version);
    for (const [claim, fence] of other.#fences) this.#fences.set(claim, fence);
  }
}

function isRefused(result: DbWriteResult, reason: string): boolean {
  return result.status === "refused" && result.reason === reason;
}
