import { type DescField, type DescMessage, type JsonValue, ScalarType } from "@bufbuild/protobuf";

const deepest = 3;

/** A request to try, as JSON: every field with a value of its type, nested messages to a depth of three. */
export function exampleRequest(message: DescMessage, depth = 1): { readonly [key: string]: JsonValue } {
  const fields = message.fields.filter((field) => depth < deepest || messageOf(field) === undefined);
  // Of a oneof only one field may be set.
  const settable = fields.filter(({ oneof }, index) => !oneof || fields.findIndex((f) => f.oneof === oneof) === index);
  return Object.fromEntries(settable.map((field) => [field.jsonName, exampleValue(field, depth)]));
}

function exampleValue(field: DescField, depth: number): JsonValue {
  switch (field.fieldKind) {
    case "scalar":
      return exampleScalar(field.scalar);
    case "enum":
      return field.enum.values[0]?.name ?? 0;
    case "message":
      return exampleMessage(field.message, depth);
    case "list":
      return [];
    case "map":
      return {};
  }
}

function messageOf(field: DescField): DescMessage | undefined {
  return field.fieldKind === "message" ? field.message : undefined;
}

// Well-known types have a JSON form of their own.
function exampleMessage(message: DescMessage, depth: number): JsonValue {
  switch (message.typeName) {
    case "google.protobuf.Timestamp":
      return "2026-01-01T00:00:00Z";
    case "google.protobuf.Duration":
      return "1s";
    case "google.protobuf.FieldMask":
      return "";
    default:
      return exampleRequest(message, depth + 1);
  }
}

function exampleScalar(type: ScalarType): JsonValue {
  switch (type) {
    case ScalarType.STRING:
      return "you";
    case ScalarType.BYTES:
      return "";
    case ScalarType.BOOL:
      return true;
    default:
      return 1;
  }
}
