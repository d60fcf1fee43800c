import { type DescField, type DescMessage, type Message, ScalarType } from "@bufbuild/protobuf";
import { reflect } from "@bufbuild/protobuf/reflect";
import { FeatureSet_FieldPresence } from "@bufbuild/protobuf/wkt";

/** The request field that routes a call. */
export interface RouteKey {
  /** Its name in the proto file. */
  readonly field: string;
  /** The key of a request, integers as decimal text; empty when the field is not set (one that can't be unset counts as 0). */
  read(request: Message): string;
}

const keyTypes: readonly ScalarType[] = [
  ScalarType.STRING,
  ScalarType.INT32,
  ScalarType.INT64,
  ScalarType.UINT32,
  ScalarType.UINT64,
];

/** The field that `route_key` names; a wrong one is added to `problems`. */
export function readRouteKey(message: DescMessage, name: string, problems: string[]): RouteKey | undefined {
  const where = `${message.file.name}.proto: message ${message.typeName}`;
  const field = message.fields.find((candidate) => candidate.name === name);
  if (field === undefined) {
    const names = message.fields.map((candidate) => candidate.name).join(", ");
    problems.push(`${where}: route_key "${name}" is no field of it; its fields are: ${names || "none"}`);
    return undefined;
  }
  if (field.fieldKind !== "scalar" || !keyTypes.includes(field.scalar)) {
    problems.push(
      `${where}: field ${name}: a route_key is a string, int32, int64, uint32 or uint64, not ${describe(field)}; choose another field`,
    );
    return undefined;
  }
  if (field.presence !== FeatureSet_FieldPresence.IMPLICIT) {
    return {
      field: name,
      read(request) {
        const reflected = reflect(message, request);
        return reflected.isSet(field) ? String(reflected.get(field)) : "";
      },
    };
  }
  const { localName } = field;
  // Read straight from the message: this runs for each hash-routed call.
  return { field: name, read: (request) => String(Reflect.get(request, localName) ?? "") };
}

function describe(field: DescField): string {
  switch (field.fieldKind) {
    case "scalar":
      return `a ${ScalarType[field.scalar].toLowerCase()}`;
    case "list":
      return "a list";
    case "map":
      return "a map";
    case "message":
      return `the message ${field.message.typeName}`;
    case "enum":
      return `the enum ${field.enum.typeName}`;
  }
}
