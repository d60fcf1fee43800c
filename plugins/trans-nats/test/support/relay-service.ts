import { createFileRegistry, createRegistry, fromJson, type Message } from "@bufbuild/protobuf";
import { type GenMessage, type GenService, messageDesc, serviceDesc } from "@bufbuild/protobuf/codegenv2";
import { FileDescriptorProtoSchema, file_google_protobuf_descriptor } from "@bufbuild/protobuf/wkt";
import { file_m3_options, method_option, service_option } from "m3game/gen/m3/options_pb.js";

const proto = fromJson(
  FileDescriptorProtoSchema,
  {
    name: "m3test/relay.proto",
    package: "m3test",
    syntax: "proto3",
    dependency: ["m3/options.proto"],
    messageType: [{ name: "Text", field: [{ name: "text", number: 1, type: "TYPE_STRING", label: "LABEL_OPTIONAL" }] }],
    service: [
      {
        name: "RelaySer",
        method: [
          {
            name: "Relay",
            inputType: ".m3test.Text",
            outputType: ".m3test.Text",
            options: { "[proto.method_option]": {} },
          },
        ],
        options: { "[proto.service_option]": { func: "relay" } },
      },
    ],
  },
  { registry: createRegistry(method_option, service_option) },
);

const imports = [file_m3_options, file_google_protobuf_descriptor];
const file = createFileRegistry(proto, (name) => imports.find((known) => `${known.name}.proto` === name)).getFile(
  proto.name,
);
if (file === undefined) throw new Error(`${proto.name} was not compiled`);

type Text = Message<"m3test.Text"> & { text: string };
const TextSchema: GenMessage<Text> = messageDesc(file, 0);

/** One method that takes and answers a text. */
export const RelaySer: GenService<{
  relay: { readonly methodKind: "unary"; readonly input: typeof TextSchema; readonly output: typeof TextSchema };
}> = serviceDesc(file, 0);
