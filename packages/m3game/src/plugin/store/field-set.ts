import type { DescField } from "@bufbuild/protobuf";
import { createFieldCodec, type FieldCodec, type ValueCodec } from "./field-codec.ts";

/** Some fields of a table, in the order of their numbers. */
export interface FieldSet<V> {
  readonly codecs: readonly FieldCodec<V>[];
  /** Their numbers with commas between: what tells sets of one table apart. */
  readonly list: string;
}

const maxSets = 500;

/** The sets of fields of a table that were asked for, without the key. */
export class FieldSets<V> {
  readonly all: FieldSet<V>;
  readonly #codecs: ReadonlyMap<DescField, FieldCodec<V>>;
  readonly #sets = new Map<string, FieldSet<V>>();

  constructor(key: DescField, fields: readonly DescField[], values: ValueCodec<V>) {
    const others = fields.filter((field) => field !== key);
    this.#codecs = new Map(others.map((field) => [field, createFieldCodec(field, values)]));
    this.all = this.#make(others);
  }

  /** The set of these fields: one field of a oneof stands for all of it. */
  of(fields: readonly DescField[]): FieldSet<V> {
    const name = nameOf(fields);
    const known = this.#sets.get(name);
    if (known !== undefined) return known;
    if (this.#sets.size >= maxSets) this.#sets.clear();
    const set = this.#make(fields);
    this.#sets.set(name, set);
    return set;
  }

  #make(fields: readonly DescField[]): FieldSet<V> {
    const whole = new Set(fields.flatMap((field) => field.oneof?.fields ?? [field]));
    // In one order, so that the same fields are the same statement.
    const codecs = [...whole].sort((a, b) => a.number - b.number).flatMap((field) => this.#codecs.get(field) ?? []);
    return { codecs, list: nameOf(codecs.map(({ field }) => field)) };
  }
}

function nameOf(fields: readonly DescField[]): string {
  let name = "";
  for (const { number } of fields) name += name === "" ? number : `,${number}`;
  return name;
}
