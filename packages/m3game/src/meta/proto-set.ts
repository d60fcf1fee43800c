import { createHash } from "node:crypto";
import {
  create,
  createFileRegistry,
  type DescFile,
  type DescMessage,
  type DescService,
  fromBinary,
  hasOption,
  toBinary,
} from "@bufbuild/protobuf";
import { nestedTypes } from "@bufbuild/protobuf/reflect";
import { FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import { dbfield_option } from "../../gen/m3/options_pb.js";

/** The services of an app, and the messages of their files and of all that these import. */
export interface ProtoSet {
  readonly services: readonly DescService[];
  readonly messages: ReadonlyMap<string, DescMessage>;
  /** Those of entities. */
  readonly stored: readonly DescMessage[];
}

/** A set as it travels. */
export interface EncodedProtos {
  /** Names of services. */
  readonly services: readonly string[];
  /** A `google.protobuf.FileDescriptorSet`: each file after those that it imports. */
  readonly files: Uint8Array;
}

export function protoSet(services: readonly DescService[]): ProtoSet {
  return toSet(services, filesOf(services));
}

export function encodeProtos(services: readonly DescService[]): EncodedProtos {
  const file = filesOf(services).map(({ proto }) => proto);
  return {
    services: services.map(({ typeName }) => typeName).sort(),
    files: toBinary(FileDescriptorSetSchema, create(FileDescriptorSetSchema, { file })),
  };
}

/** Throws for what is no set of files. */
export function decodeProtos({ services, files }: EncodedProtos): ProtoSet {
  const registry = createFileRegistry(fromBinary(FileDescriptorSetSchema, files));
  const known = services.flatMap((name) => registry.getService(name) ?? []);
  return toSet(known, [...registry.files]);
}

/** The same for sets that are the same, and short. */
export function protoDigest({ services, files }: EncodedProtos): string {
  return createHash("sha256").update(JSON.stringify(services)).update(files).digest("base64url").slice(0, 22);
}

/** The files of the services and all that they import, in one order whatever the order of the services. */
function filesOf(services: readonly DescService[]): readonly DescFile[] {
  const files = new Set<DescFile>();
  const add = (file: DescFile) => {
    if (files.has(file)) return;
    for (const imported of file.dependencies) add(imported);
    files.add(file);
  };
  for (const { file } of services.toSorted((a, b) => (a.typeName < b.typeName ? -1 : 1))) add(file);
  return [...files];
}

function toSet(services: readonly DescService[], files: readonly DescFile[]): ProtoSet {
  const types = files.flatMap((file) => [...nestedTypes(file)]);
  const messages = types.filter((type) => type.kind === "message");
  return {
    services,
    messages: new Map(messages.map((message) => [message.typeName, message])),
    stored: messages.filter(({ fields }) => fields.some((field) => hasOption(field, dbfield_option))),
  };
}
