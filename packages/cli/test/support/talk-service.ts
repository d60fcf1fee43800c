import { createFileRegistry, createRegistry, fromJson, type Message } from "@bufbuild/protobuf";
import { type GenMessage, type GenService, messageDesc, serviceDesc } from "@bufbuild/protobuf/codegenv2";
import { FileDescriptorProtoSchema, file_google_protobuf_descriptor } from "@bufbuild/protobuf/wkt";
import { file_m3_options, method_option, service_option } from "m3game/gen/m3/options_pb.js";

const rpc = (name: string) => ({
  name,
  inputType: ".m3test.Text",
  outputType: ".m3test.Text",
  options: { "[proto.method_option]": {} },
});

const proto = fromJson(
  FileDescriptorProtoSchema,
  {
    syntax: "proto3",
    name: "m3test/talk.proto",
    package: "m3test",
    dependency: ["m3/options.proto"],
    messageType: [
      {
        name: "Text",
        field: [
          { name: "text", jsonName: "text", number: 1, type: "TYPE_STRING", label: "LABEL_OPTIONAL" },
          { name: "count", jsonName: "count", number: 2, type: "TYPE_INT64", label: "LABEL_OPTIONAL" },
        ],
      },
    ],
    service: [
      {
        name: "TalkSer",
        method: ["Say", "Wait", "Hang", "Fail", "Reject", "Debug", "Headers"].map(rpc),
        options: { "[proto.service_option]": { func: "talk" } },
      },
    ],
  },
  { registry: createRegistry(method_option, service_option) },
);

const imports = [file_google_protobuf_descriptor, file_m3_options];
const file = createFileRegistry(proto, (name) => imports.find((known) => `${known.name}.proto` === name)).getFile(
  proto.name,
);
if (file === undefined) throw new Error("m3test/talk.proto was not compiled");

interface TextMethod {
  readonly methodKind: "unary";
  readonly input: GenMessage<Message<"m3test.Text"> & { text: string; count: bigint }>;
  readonly output: TextMethod["input"];
}

type TalkService = GenService<{
  say: TextMethod;
  wait: TextMethod;
  hang: TextMethod;
  fail: TextMethod;
  reject: TextMethod;
  debug: TextMethod;
  headers: TextMethod;
}>;

export const TextSchema: TextMethod["input"] = messageDesc(file, 0);

/** `rpc Say(Text) returns (Text)` and more of the same form, hosted by the function `talk`. */
export const TalkSer: TalkService = serviceDesc(file, 0);
