import { createFileRegistry, createRegistry, fromJson, type Message } from "@bufbuild/protobuf";
import { type GenMessage, type GenService, messageDesc, serviceDesc } from "@bufbuild/protobuf/codegenv2";
import { FileDescriptorProtoSchema, file_google_protobuf_descriptor } from "@bufbuild/protobuf/wkt";
import { file_m3_options, method_option, service_option } from "m3game/gen/m3/options_pb.js";

const rpc = (name: string, option: Record<string, string | boolean> = {}) => ({
  name,
  inputType: ".m3test.Text",
  outputType: ".m3test.Text",
  options: { "[proto.method_option]": option },
});

const proto = fromJson(
  FileDescriptorProtoSchema,
  {
    name: "m3test/work.proto",
    package: "m3test",
    syntax: "proto3",
    dependency: ["m3/options.proto"],
    messageType: [{ name: "Text", field: [{ name: "text", number: 1, type: "TYPE_STRING", label: "LABEL_OPTIONAL" }] }],
    service: [
      {
        name: "WorkSer",
        method: [rpc("Who"), rpc("WhoHas", { routeKey: "text" }), rpc("Ask"), rpc("Tell", { ntf: true }), rpc("Heard")],
        options: { "[proto.service_option]": { func: "work" } },
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

interface TextMethod {
  readonly methodKind: "unary";
  readonly input: typeof TextSchema;
  readonly output: typeof TextSchema;
}

/** What the apps of the multi-process test host; every method takes and answers a text. */
export const WorkSer: GenService<{
  /** The app id of who runs it. */
  who: TextMethod;
  /** The same, routed by the text. */
  whoHas: TextMethod;
  /** The app id of who runs it, then that of the app named by the text, which it asks. */
  ask: TextMethod;
  /** Keeps the text. One way. */
  tell: TextMethod;
  /** The texts kept, with blanks between. */
  heard: TextMethod;
}> = serviceDesc(file, 0);
