import { type DescEnum, type DescField, type DescMessage, getOption, hasOption, ScalarType } from "@bufbuild/protobuf";
import { FeatureSet_FieldPresence } from "@bufbuild/protobuf/wkt";
import { dbfield_option } from "../../gen/m3/options_pb.js";

/** Finds what the readers and writers of messages lose when the messages become others, each message once. */
export class MessageBreaks {
  readonly #found: string[];
  readonly #seen = new Set<string>();

  /** `found` is where it enters what it finds. */
  constructor(found: string[]) {
    this.#found = found;
  }

  /** Compares messages on the wire, with all that they hold. */
  compare(before: DescMessage, after: DescMessage): void {
    if (this.#seen.has(before.typeName)) return;
    this.#seen.add(before.typeName);
    for (const [field, other] of this.#pairs(before, after)) this.#compareField(field, other);
  }

  /** Compares messages that are stored, as well. */
  compareStored(before: DescMessage, after: DescMessage): void {
    this.compare(before, after);
    for (const field of before.fields) {
      const other = after.fields.find(({ number }) => number === field.number);
      if (other === undefined || !hasOption(field, dbfield_option)) continue;
      const name = nameOf(field);
      if (!hasOption(other, dbfield_option)) {
        this.#found.push(`${name} was stored, and has no dbfield_option now`);
      } else if (getOption(field, dbfield_option).primary !== getOption(other, dbfield_option).primary) {
        this.#found.push(
          `${name} ${isPrimary(field) ? "was the primary key, and is not now" : "is the primary key now"}`,
        );
      } else if (typeOf(field) === typeOf(other) && isOptional(field) !== isOptional(other)) {
        this.#found.push(`${name} is stored, and was ${presenceOf(field)}; now it is ${presenceOf(other)}`);
      }
    }
  }

  /** The fields that both have. */
  *#pairs(before: DescMessage, after: DescMessage): Generator<readonly [DescField, DescField]> {
    const fields = new Map(after.fields.map((field) => [field.number, field]));
    for (const field of before.fields) {
      const other = fields.get(field.number);
      if (other !== undefined) yield [field, other];
      // The end of a message's range is the number after it.
      else if (!after.proto.reservedRange.some(({ start, end }) => start <= field.number && field.number < end)) {
        this.#found.push(`${nameOf(field)} is gone: write "reserved ${field.number};" in its place`);
      }
    }
  }

  #compareField(before: DescField, after: DescField): void {
    const [type, now] = [typeOf(before), typeOf(after)];
    if (type !== now) {
      this.#found.push(`${nameOf(before)} was ${type}, and is ${now} now: give the new one another number`);
      return;
    }
    const [group, groupNow] = [before.oneof?.name ?? "no oneof", after.oneof?.name ?? "no oneof"];
    if (group !== groupNow) this.#found.push(`${nameOf(before)} was in ${group}, and is in ${groupNow} now`);
    if (before.message !== undefined && after.message !== undefined) this.compare(before.message, after.message);
    if (before.enum !== undefined && after.enum !== undefined) this.#compareEnums(before.enum, after.enum);
  }

  #compareEnums(before: DescEnum, after: DescEnum): void {
    if (this.#seen.has(before.typeName)) return;
    this.#seen.add(before.typeName);
    for (const { name, number } of before.values) {
      const same = after.values.find((value) => value.name === name);
      // An enum's range ends with its last number.
      const isReserved = after.proto.reservedRange.some(({ start, end }) => start <= number && number <= end);
      if (same !== undefined && same.number !== number) {
        this.#found.push(`value ${name} of enum ${before.typeName} was ${number}, and is ${same.number} now`);
      } else if (!isReserved && !after.values.some((value) => value.number === number)) {
        this.#found.push(`value ${name} of enum ${before.typeName} is gone: write "reserved ${number};" in its place`);
      }
    }
  }
}

function nameOf({ name, number, parent }: DescField): string {
  return `field ${name} = ${number} of ${parent.typeName}`;
}

function isPrimary(field: DescField): boolean {
  return getOption(field, dbfield_option).primary;
}

function isOptional({ presence }: DescField): boolean {
  return presence !== FeatureSet_FieldPresence.IMPLICIT;
}

function presenceOf(field: DescField): string {
  return isOptional(field) ? "optional" : "not optional";
}

/** The type in the words of a proto file. */
function typeOf(field: DescField): string {
  const element = field.message?.typeName ?? field.enum?.typeName ?? ScalarType[field.scalar ?? 0]?.toLowerCase();
  const group = "delimitedEncoding" in field && field.delimitedEncoding ? "group " : "";
  switch (field.fieldKind) {
    case "map":
      return `map<${ScalarType[field.mapKey].toLowerCase()}, ${element}>`;
    case "list":
      return `repeated ${group}${element}`;
    default:
      return `${group}${element}`;
  }
}
