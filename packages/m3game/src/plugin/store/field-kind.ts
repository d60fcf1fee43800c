import { type DescField, ScalarType } from "@bufbuild/protobuf";
import { FeatureSet_FieldPresence } from "@bufbuild/protobuf/wkt";

/** What stores tell apart of the types of fields. */
export type FieldKind = "bool" | "int32" | "int64" | "uint64" | "double" | "string" | "bytes";

/** How a field's value is stored: messages, lists and maps as their protobuf encoding, enums as their number. */
export function fieldKind(field: DescField): FieldKind {
  if (field.fieldKind === "scalar") return scalarKind(field.scalar);
  return field.fieldKind === "enum" ? "int32" : "bytes";
}

function scalarKind(scalar: ScalarType): FieldKind {
  switch (scalar) {
    case ScalarType.BOOL:
      return "bool";
    case ScalarType.STRING:
      return "string";
    case ScalarType.BYTES:
      return "bytes";
    case ScalarType.FLOAT:
    case ScalarType.DOUBLE:
      return "double";
    case ScalarType.UINT64:
    case ScalarType.FIXED64:
      return "uint64";
    default:
      return ScalarType[scalar].endsWith("64") ? "int64" : "int32";
  }
}

/** True for a field whose value may be absent. */
export function isOptional(field: DescField): boolean {
  return field.presence !== FeatureSet_FieldPresence.IMPLICIT;
}

/** The type of a field in the words of a proto file, for comparing it with what is stored: `map<string, int32>`. */
export function fieldType(field: DescField): string {
  switch (field.fieldKind) {
    case "list":
      return `repeated ${elementType(field.listKind === "message" ? field.message : field.scalar)}`;
    case "map":
      return `map<${elementType(field.mapKey)}, ${elementType(field.mapKind === "message" ? field.message : field.scalar)}>`;
    case "message":
      return elementType(field.message);
    default:
      return `${isOptional(field) ? "optional " : ""}${elementType(field.scalar)}`;
  }
}

/** Enums are numbers, whatever they are called. */
function elementType(type: ScalarType | { readonly typeName: string } | undefined): string {
  if (type === undefined) return "enum";
  return typeof type === "object" ? type.typeName : ScalarType[type].toLowerCase();
}
