import type { Message } from "@bufbuild/protobuf";
import { type GenMessage, type GenService, messageDesc, serviceDesc } from "@bufbuild/protobuf/codegenv2";
import { compileFile } from "./descriptors.ts";

const rpc = (name: string, option: Record<string, string | boolean> = {}) => ({
  name,
  inputType: ".m3test.Line",
  outputType: ".m3test.Line",
  options: { "[proto.method_option]": option },
});

const methods = [
  rpc("Say", { trace: true }),
  rpc("Repeat", { idempotent: true }),
  rpc("Tell", { ntf: true, trace: true }),
  rpc("Keyed", { routeKey: "text" }),
];

const file = compileFile({
  name: "m3test/line.proto",
  package: "m3test",
  messageType: [
    {
      name: "Line",
      field: [
        { name: "text", number: 1, type: "TYPE_STRING", label: "LABEL_OPTIONAL" },
        { name: "number", number: 2, type: "TYPE_INT32", label: "LABEL_OPTIONAL" },
      ],
    },
  ],
  service: [
    { name: "BackSer", method: methods, options: { "[proto.service_option]": { func: "back" } } },
    { name: "FrontSer", method: methods, options: { "[proto.service_option]": { func: "front" } } },
    { name: "HomelessSer", method: methods },
  ],
});

export type Line = Message<"m3test.Line"> & { text: string; number: number };

/** `message Line { string text = 1; int32 number = 2; }`: what all methods take and answer. */
export const LineSchema: GenMessage<Line> = messageDesc(file, 0);

interface LineMethod {
  readonly methodKind: "unary";
  readonly input: GenMessage<Line>;
  readonly output: GenMessage<Line>;
}

type LineService = GenService<{
  say: LineMethod;
  /** Idempotent. */
  repeat: LineMethod;
  /** One way. */
  tell: LineMethod;
  /** Routed by `text`. */
  keyed: LineMethod;
}>;

/** Hosted by the function `back`. */
export const BackSer: LineService = serviceDesc(file, 0);
/** The same, hosted by the function `front`. */
export const FrontSer: LineService = serviceDesc(file, 1);
/** The same, but its proto file does not say who hosts it. */
export const HomelessSer: LineService = serviceDesc(file, 2);
