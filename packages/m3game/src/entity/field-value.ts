import {
  create,
  type DescField,
  type DescMessage,
  type Message,
  type MessageShape,
  toBinary,
} from "@bufbuild/protobuf";
import { isReflectList, isReflectMap, reflect, reflectList, reflectMap } from "@bufbuild/protobuf/reflect";
import { reasonError } from "../meta/error.ts";

type Fields<S extends DescMessage> = Omit<MessageShape<S>, "$typeName" | "$unknown">;
type MemberValue<T> = T extends { case: string | undefined; value?: infer Value } ? Value : T;

/** What a field of a message of this type may hold: anything, when only its descriptor is known. */
export type FieldValue<S extends DescMessage> = [keyof Fields<S>] extends [never]
  ? unknown
  : MemberValue<Fields<S>[keyof Fields<S>]>;

/** A field's value, undefined where it is absent. */
export function readField(message: Message, field: DescField): unknown {
  if (field.oneof === undefined) return Reflect.get(message, field.localName);
  const group: unknown = Reflect.get(message, field.oneof.localName);
  if (typeof group !== "object" || group === null) return undefined;
  return Reflect.get(group, "case") === field.localName ? Reflect.get(group, "value") : undefined;
}

/** Sets a field; undefined makes it absent. Throws ENTITY_INVALID, with nothing changed, for a value that does not fit. */
export function writeField(schema: DescMessage, message: Message, field: DescField, value: unknown): void {
  if (value === undefined) return reflect(schema, message).clear(field);
  const trial = create(schema);
  try {
    checkShape(field, value);
    assign(trial, field, value);
    checkItems(field, reflect(schema, trial).get(field));
    toBinary(schema, trial);
  } catch (cause) {
    const text = cause instanceof Error ? cause.message : String(cause);
    throw reasonError("ENTITY_INVALID", `${schema.typeName}.${field.name} can't be set: ${text}`, { cause });
  }
  assign(message, field, value);
}

/** What the protobuf library takes for granted. */
function checkShape(field: DescField, value: unknown): void {
  if (field.fieldKind === "list" && !Array.isArray(value)) throw new TypeError("it takes an array");
  if (field.fieldKind === "map" && (typeof value !== "object" || value === null || Array.isArray(value))) {
    throw new TypeError("it takes an object");
  }
}

/** Checks each scalar: the encoder takes text for numbers, and anything for text. */
function checkItems(field: DescField, value: unknown): void {
  if (field.fieldKind === "list" && isReflectList(value)) {
    const trial = reflectList(field);
    for (const item of value) trial.add(item);
  } else if (field.fieldKind === "map" && isReflectMap(value)) {
    const trial = reflectMap(field);
    for (const [key, item] of value) trial.set(key, item);
  } else {
    reflect(field.parent).set(field, value);
  }
}

function assign(message: Message, field: DescField, value: unknown): void {
  if (field.oneof === undefined) Reflect.set(message, field.localName, value);
  else Reflect.set(message, field.oneof.localName, { case: field.localName, value });
}
