import { createHash } from "node:crypto";

/**
 * The names of all keys. What is in braces decides where in a cluster a key is: each partition, with the fences of all
 * claims, is in one place, so that one script can see a row, its table and the fence of any claim.
 */
export class Keys {
  readonly partitions: readonly Partition[];
  /** Epoch, and how many partitions there are. */
  readonly store: string;
  readonly #prefix: string;

  constructor(prefix: string, partitions: number) {
    this.#prefix = prefix;
    this.store = `{${prefix}}:store`;
    this.partitions = Array.from({ length: partitions }, (_, index) => new Partition(`{${prefix}.${index}}`));
  }

  /** What a table's fields are; the same for names that differ in case only. */
  schema(table: string): string {
    return `{${this.#prefix}}:schema:${table.toLowerCase()}`;
  }

  /** Where a row is. */
  partitionOf(table: string, key: string): Partition {
    const { length } = this.partitions;
    const [first] = this.partitions;
    if (first === undefined) throw new Error("there are no partitions");
    if (length === 1) return first;
    const hash = createHash("md5").update(`${table}:${key}`).digest().readUInt32BE(0);
    return this.partitions[hash % length] ?? first;
  }
}

/** The keys in one slot. */
export class Partition {
  readonly #tag: string;

  constructor(tag: string) {
    this.#tag = tag;
  }

  row(table: string, key: string): string {
    return `${this.#tag}:row:${table}:${key}`;
  }

  fence(claim: string): string {
    return `${this.#tag}:fence:${claim}`;
  }

  /** A table's revision, and the highest version of a row that was deleted. */
  table(table: string): string {
    return `${this.#tag}:table:${table}`;
  }

  /** All rows of a table in the order of their keys. */
  keyIndex(table: string): string {
    return `${this.#tag}:keys:${table}`;
  }

  /** All rows of a table in the order of one field, then of their keys. */
  index(table: string, field: number): string {
    return `${this.#tag}:index:${table}:${field}`;
  }
}
