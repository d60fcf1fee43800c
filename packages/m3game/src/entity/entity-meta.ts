import { type DescEnum, type DescField, type DescMessage, getOption, hasOption } from "@bufbuild/protobuf";
import { dbfield_option } from "../../gen/m3/options_pb.js";
import { canBeKey } from "./entity-key.ts";

/** The key field of an entity and its fields by flag. */
export interface EntityFields {
  readonly key: DescField;
  readonly byFlag: ReadonlyMap<number, DescField>;
}

/** Derives what the options of an entity's fields say. Adds a line to `problems` for each that is wrong. */
export function readEntityFields(schema: DescMessage, flags: DescEnum, problems: string[]): EntityFields | undefined {
  const message = `${schema.file.name}.proto: message ${schema.typeName}`;
  const byFlag = new Map<number, DescField>();
  const keys: DescField[] = [];
  for (const field of schema.fields) {
    const where = `${message}: field ${field.name}`;
    const { flag, primary } = getOption(field, dbfield_option);
    if (primary) keys.push(field);
    const problem = flagProblem(field, flag, flags);
    if (problem === undefined) byFlag.set(field.number, field);
    else problems.push(`${where}: ${problem}`);
  }
  const [key, ...others] = keys;
  if (key === undefined) {
    problems.push(`${message}: no field is the key; write [(dbfield_option) = { flag: "…" primary: true }] at one`);
    return undefined;
  }
  if (others.length > 0) {
    const names = keys.map(({ name }) => name).join(", ");
    problems.push(`${message}: the fields ${names} are all primary; leave primary: true at one of them`);
  }
  if (!canBeKey(key)) {
    problems.push(`${message}: field ${key.name}: a key must be a single string or integer outside any oneof`);
    return undefined;
  }
  return { key, byFlag };
}

function flagProblem(field: DescField, flag: string, flags: DescEnum): string | undefined {
  const { number } = field;
  const wanted = flags.values.find((value) => value.number === number);
  if (flag === "") {
    const text = hasOption(field, dbfield_option) ? "dbfield_option has no flag" : "no dbfield_option";
    return `${text}; write [(dbfield_option) = { flag: "${wanted?.name ?? `F${field.name}`}" }]`;
  }
  const value = flags.values.find(({ name }) => name === flag);
  if (value === undefined) {
    return wanted === undefined
      ? `flag ${flag} is not in enum ${flags.typeName}; add ${flag} = ${number}; to it`
      : `flag ${flag} is not in enum ${flags.typeName}; its value ${number} is ${wanted.name}: use that name in both places`;
  }
  if (value.number === number) return undefined;
  const unused = value.number === 0 ? " (0 stands for no field)" : "";
  return `flag ${flag} is ${value.number} in enum ${flags.typeName}${unused}, the field's number is ${number}; write ${flag} = ${number}; there`;
}
