import { create, createFileRegistry, type DescField, fromJson, type Message } from "@bufbuild/protobuf";
import { FileDescriptorProtoSchema } from "@bufbuild/protobuf/wkt";
import type { DbTable } from "m3game";

/** What an entity of a game holds, in twelve fields. */
const types = {
  id: "STRING",
  name: "STRING",
  level: "INT32",
  gold: "INT64",
  gems: "INT64",
  experience: "UINT64",
  power: "DOUBLE",
  title: "STRING",
  guild: "INT64",
  energy: "INT32",
  bio: "STRING",
  skills: "BYTES",
} as const;

export const fieldNames = Object.keys(types);

// Written as a descriptor, so that the benchmark needs no generated code of its own.
const proto = fromJson(FileDescriptorProtoSchema, {
  name: "bench/hero.proto",
  package: "bench",
  syntax: "proto3",
  messageType: [
    {
      name: "Hero",
      field: Object.entries(types).map(([name, type], index) => {
        return { name, number: index + 1, label: "LABEL_OPTIONAL", type: `TYPE_${type}` };
      }),
    },
  ],
});

const found = createFileRegistry(proto, () => undefined).getMessage("bench.Hero");
if (found === undefined) throw new Error("the descriptor has no Hero");
const schema = found;

function field(name: string): DescField {
  const each = schema.fields.find((candidate) => candidate.name === name);
  if (each === undefined) throw new Error(`Hero has no field ${name}`);
  return each;
}

export const heroes: DbTable = { name: "hero", schema, key: field("id"), indexed: [] };
export const levelField = field("level");

export const heroId = (index: number): string => `hero-${String(index).padStart(8, "0")}`;

/** The values of a hero. */
export function heroValues(index: number) {
  return {
    id: heroId(index),
    name: `Hero ${index}`,
    level: 1,
    gold: 12_345n,
    gems: 67n,
    experience: 890_123n,
    power: 1234.5,
    title: "Junior",
    guild: BigInt(index % 100),
    energy: 100,
    bio: "One of many who set out to see the world.",
    skills: new Uint8Array(32).fill(7),
  };
}

export const hero = (index: number): Message => create(schema, heroValues(index));
export const heroAtLevel = (level: number): Message => create(schema, { level });
