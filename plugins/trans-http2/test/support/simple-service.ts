import { create, createFileRegistry, type DescService, setExtension } from "@bufbuild/protobuf";
import { FileDescriptorProtoSchema, ServiceOptionsSchema } from "@bufbuild/protobuf/wkt";
import { file_m3_options, ServiceOptionSchema, service_option } from "m3game/gen/m3/options_pb.js";

const string = { label: 1, type: 9 } as const;

/** Describes `proto.SimpleSer` with a custom option, and a file of its own that it imports. */
export function createSimpleService(): DescService {
  const options = create(ServiceOptionsSchema);
  setExtension(options, service_option, create(ServiceOptionSchema, { func: "simple" }));
  const types = create(FileDescriptorProtoSchema, {
    name: "types.proto",
    package: "proto",
    syntax: "proto3",
    enumType: [{ name: "Mood", value: [{ name: "MOOD_UNKNOWN", number: 0 }] }],
    messageType: [
      {
        name: "HelloWorld",
        nestedType: [
          { name: "Req", field: [{ name: "req", number: 1, ...string }] },
          { name: "Rsp", field: [{ name: "rsp", number: 1, ...string }] },
        ],
      },
    ],
  });
  const simple = create(FileDescriptorProtoSchema, {
    name: "simple.proto",
    package: "proto",
    syntax: "proto3",
    dependency: ["types.proto", "m3/options.proto"],
    service: [
      {
        name: "SimpleSer",
        options,
        method: [{ name: "HelloWorld", inputType: ".proto.HelloWorld.Req", outputType: ".proto.HelloWorld.Rsp" }],
      },
    ],
  });
  const registry = createFileRegistry(simple, (name) => (name === "types.proto" ? types : file_m3_options));
  const service = registry.getService("proto.SimpleSer");
  if (service === undefined) throw new Error("the descriptor of proto.SimpleSer has no service");
  return service;
}
