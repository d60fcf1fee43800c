import { createHash } from "node:crypto";
import {
  type DescEnum,
  type DescField,
  type DescMessage,
  type EnumShape,
  getOption,
  type Message,
  ScalarType,
} from "@bufbuild/protobuf";
import { usedTypes } from "@bufbuild/protobuf/reflect";
import { viewfield_option } from "../../gen/m3/options_pb.js";
import { reasonError } from "../meta/error.ts";
import { messageDecoder } from "../meta/message-decoder.ts";
import { messageEncoder } from "../meta/message-encoder.ts";
import type { DbKey, DbTable } from "../plugin/db.ts";
import { type FieldComparer, fieldComparer } from "./changed-fields.ts";
import { toKey } from "./entity-key.ts";
import { readEntityFields } from "./entity-meta.ts";
import { type PartialDecoder, partialDecoder } from "./partial-decoder.ts";
import { compileView, type ViewCut, viewNames } from "./view-cut.ts";

/** The names of a message's fields in TypeScript, those in a oneof too. */
export type FieldName<S extends DescMessage> = keyof S["field"] & string;

/** How a message is stored, and who sees what of it. */
export interface EntityOptions<S extends DescMessage, F extends DescEnum, V extends DescEnum> {
  /** The table of its rows: letters, digits and underscores, at most 48, beginning with a letter. */
  readonly table: string;
  /** The enum that names the fields: a value for each field, with its number. */
  readonly flags: F;
  /** The enum of the views, at most 64. @default none */
  readonly views?: V;
  /**
   * Others may write it too: another actor, or code outside of actors. Of two that write at a time the loser gets
   * CONFLICT.
   * @default false: inside an actor only this actor writes it
   */
  readonly shared?: boolean;
  /** Fields to find entities by, beside the key: single strings, numbers, enums and bools. @default none */
  readonly indexed?: readonly FieldName<S>[];
  /**
   * How the id of an actor becomes the key of its entity. Two ids must not give one key.
   * @default the id itself; for an integer key the number that it is in decimal
   */
  readonly key?: (actorId: string) => DbKey;
}

/** What is known of one kind of entity: made by `defineEntity`, never changed. */
export interface EntityDefinition<
  S extends DescMessage = DescMessage,
  F extends number = number,
  V extends number = number,
> {
  readonly schema: S;
  readonly table: DbTable;
  readonly shared: boolean;
  /** Its fields by their numbers, which are their flags. */
  readonly fields: ReadonlyMap<number, DescField>;
  /** @internal A hash of the names and types of its fields. Between apps with the same one an encoding means the same. */
  readonly layout: string;
  /** The key for an actor's id (a string), or a key as the key field's type has it. Throws ENTITY_INVALID. */
  key(id: DbKey): DbKey;
  /** The field with this flag. Throws a TypeError when there is none. */
  field(flag: F): DescField;
  /** The flag of a field. */
  flag(field: DescField): F;
  /** @internal Finds what changed between two encodings. */
  readonly changed: FieldComparer;
  /** @internal Throws for a value that does not fit its field. */
  encode(message: Message): Uint8Array;
  /** @internal Decodes an entity into a message that shares nothing with the encoding. */
  decode(encoding: Uint8Array): Message;
  /** @internal Decodes some fields alone. */
  readonly decodePart: PartialDecoder;
  /** @internal What a view keeps. Throws a TypeError for a view that is none. */
  view(view: V): ViewCut;
}

/**
 * Derives what there is to know of an entity from the options of its fields (`dbfield_option`, `viewfield_option`).
 * Throws PROTO_INVALID with every problem found: file, message, field, and what to write instead.
 *
 * ```ts
 * export const PlayerEntity = defineEntity(PlayerDBSchema, { table: "player", flags: PFlagSchema });
 * ```
 */
export function defineEntity<S extends DescMessage, F extends DescEnum, V extends DescEnum = never>(
  schema: S,
  options: EntityOptions<S, F, V>,
): EntityDefinition<S, EnumShape<F>, EnumShape<V>> {
  const { table, flags, views, shared = false, key: convert } = options;
  const problems: string[] = [];
  const message = `${schema.file.name}.proto: message ${schema.typeName}`;
  if (!/^[A-Za-z][A-Za-z0-9_]{0,47}$/.test(table)) {
    problems.push(
      `${message}: table "${table}" is no name; write a letter and then letters, digits and _, at most 48 in all`,
    );
  }
  const fields = readEntityFields(schema, flags, problems);
  const indexed = (options.indexed ?? []).flatMap((name) => readIndexed(schema, name, problems));
  if (views !== undefined) checkViews(schema, views, problems);
  if (problems.length > 0 || fields === undefined) throw reasonError("PROTO_INVALID", problems.join("\n"));

  const { key, byFlag } = fields;
  const isFlag = (number: number): number is EnumShape<F> => byFlag.has(number);
  const cuts = new Map((views?.values ?? []).map(({ number, name }) => [number, compileView(schema, name)]));
  return {
    schema,
    table: { name: table, schema, key, indexed },
    shared,
    fields: byFlag,
    layout: layoutOf(schema),
    key: (id) => toKey(key, convert !== undefined && typeof id === "string" ? convert(id) : id),
    field(flag) {
      const field = byFlag.get(flag);
      if (field !== undefined) return field;
      throw new TypeError(`${schema.typeName} has no field with flag ${flag}: use a value of ${flags.typeName}`);
    },
    flag({ number, name }) {
      if (isFlag(number)) return number;
      throw new TypeError(`${schema.typeName} has no field ${name}`);
    },
    changed: fieldComparer(byFlag),
    encode: messageEncoder(schema),
    decode: messageDecoder(schema),
    decodePart: partialDecoder(schema),
    view(view) {
      const cut = cuts.get(view);
      if (cut !== undefined) return cut;
      const known =
        views === undefined ? "`views` of its defineEntity names no enum" : `use a value of ${views.typeName}`;
      throw new TypeError(`${schema.typeName} has no view ${view}: ${known}`);
    },
  };
}

function layoutOf(schema: DescMessage): string {
  const fields = schema.fields.map((field) => `${field.number} ${field.name} ${typeOf(field)}`);
  return createHash("sha256").update(fields.join("\n")).digest("base64url");
}

function typeOf({ proto: { type, typeName, label } }: DescField): string {
  return `${type} ${typeName} ${label}`;
}

function readIndexed(schema: DescMessage, name: string, problems: string[]): readonly DescField[] {
  const field = Object.hasOwn(schema.field, name) ? schema.field[name] : undefined;
  const where = `${schema.file.name}.proto: message ${schema.typeName}: indexed "${name}"`;
  if (field === undefined) {
    problems.push(`${where} is no field; name one as it is in TypeScript: ${Object.keys(schema.field).join(", ")}`);
    return [];
  }
  if ((field.fieldKind !== "scalar" && field.fieldKind !== "enum") || field.scalar === ScalarType.BYTES) {
    problems.push(`${where} can't be searched; index single strings, numbers, enums and bools`);
    return [];
  }
  return [field];
}

function checkViews(schema: DescMessage, views: DescEnum, problems: string[]): void {
  const known = new Set(views.values.map(({ name }) => name));
  const count = views.values.filter(({ number }) => number !== 0).length;
  if (count > 64) {
    problems.push(`${views.file.name}.proto: enum ${views.typeName} has ${count} views; leave at most 64`);
  }
  for (const type of [schema, ...usedTypes(schema)]) {
    if (type.kind !== "message") continue;
    for (const field of type.fields) {
      const { wflag, bflag } = getOption(field, viewfield_option);
      for (const [option, list] of [
        ["wflag", wflag],
        ["bflag", bflag],
      ] as const) {
        for (const name of viewNames(list)) {
          if (known.has(name)) continue;
          const where = `${type.file.name}.proto: message ${type.typeName}: field ${field.name}`;
          problems.push(
            `${where}: ${option} names ${name}, which is not in enum ${views.typeName}; write one of ${[...known].join(", ")}`,
          );
        }
      }
    }
  }
}
