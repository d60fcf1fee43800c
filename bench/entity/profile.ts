import { create, createFileRegistry, createRegistry, fromJson, type Message } from "@bufbuild/protobuf";
import { enumDesc, type GenEnum, type GenMessage, messageDesc } from "@bufbuild/protobuf/codegenv2";
import { FileDescriptorProtoSchema, file_google_protobuf_descriptor } from "@bufbuild/protobuf/wkt";
import { defineEntity } from "m3game";
import { dbfield_option, file_m3_options } from "m3game/gen/m3/options_pb.js";

// Written as a descriptor, so that the benchmark needs no generated code of its own.

const field = (name: string, number: number, type: string, rest: object = {}) => ({
  name,
  number,
  label: "LABEL_OPTIONAL",
  type: `TYPE_${type}`,
  ...rest,
});

const stored = (name: string, number: number, type: string, rest: object = {}) =>
  field(name, number, type, {
    options: { "[proto.dbfield_option]": { flag: `F_${name.toUpperCase()}`, primary: number === 1 } },
    ...rest,
  });

const fieldNames = ["id", "name", "level", "gold", "stamp", "scores", "items", "note"];

const proto = fromJson(
  FileDescriptorProtoSchema,
  {
    name: "bench/profile.proto",
    package: "bench",
    syntax: "proto3",
    dependency: ["m3/options.proto"],
    messageType: [
      {
        name: "Profile",
        field: [
          stored("id", 1, "STRING"),
          stored("name", 2, "STRING"),
          stored("level", 3, "INT32"),
          stored("gold", 4, "INT64"),
          stored("stamp", 5, "DOUBLE"),
          stored("scores", 6, "INT32", { label: "LABEL_REPEATED" }),
          stored("items", 7, "MESSAGE", { label: "LABEL_REPEATED", typeName: ".bench.Item" }),
          stored("note", 8, "STRING"),
        ],
      },
      { name: "Item", field: [field("name", 1, "STRING"), field("count", 2, "INT32"), field("power", 3, "INT64")] },
    ],
    enumType: [
      {
        name: "ProfileFlag",
        value: [
          { name: "F_NONE", number: 0 },
          ...fieldNames.map((name, index) => ({ name: `F_${name.toUpperCase()}`, number: index + 1 })),
        ],
      },
    ],
  },
  { registry: createRegistry(dbfield_option) },
);
const imports = [file_google_protobuf_descriptor, file_m3_options];
const file = createFileRegistry(proto, (name) => imports.find((known) => `${known.name}.proto` === name)).getFile(
  proto.name,
);
if (file === undefined) throw new Error(`${proto.name} was not compiled`);

type Item = Message<"bench.Item"> & { name: string; count: number; power: bigint };

export type Profile = Message<"bench.Profile"> & {
  id: string;
  name: string;
  level: number;
  gold: bigint;
  stamp: number;
  scores: number[];
  items: Item[];
  note: string;
};

const ProfileSchema: GenMessage<Profile> = messageDesc(file, 0);
const ItemSchema: GenMessage<Item> = messageDesc(file, 1);
const ProfileFlagSchema: GenEnum<number> = enumDesc(file, 0);

/** What games keep of a player: scalars, numbers, things with names. */
export const ProfileEntity = defineEntity(ProfileSchema, { table: "profile", flags: ProfileFlagSchema });

/** About 30 bytes encoded. */
export const smallProfile = { name: "player", level: 1, gold: 1000n, stamp: 1.5 };

/** About 1 KiB encoded. */
export const largeProfile = {
  ...smallProfile,
  scores: Array.from({ length: 100 }, (_, index) => index * 37),
  items: Array.from({ length: 30 }, (_, index) =>
    create(ItemSchema, { name: `item-${index}`, count: index, power: BigInt(index * 100_000) }),
  ),
  note: "what the player wrote of himself ".repeat(4),
};
