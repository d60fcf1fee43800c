import type { Message } from "@bufbuild/protobuf";
import { type GenMessage, type GenService, messageDesc, serviceDesc } from "@bufbuild/protobuf/codegenv2";
import { compileFile } from "./descriptors.ts";

const method = (name: string, option: Record<string, string | boolean> = {}) => ({
  name,
  inputType: ".m3test.Word",
  outputType: ".m3test.Word",
  options: { "[proto.method_option]": { cs: true, ...option } },
});

const file = compileFile({
  name: "m3test/game.proto",
  package: "m3test",
  messageType: [{ name: "Word", field: [{ name: "text", number: 1, type: "TYPE_STRING", label: "LABEL_OPTIONAL" }] }],
  service: [
    {
      name: "GameSer",
      method: [
        method("Say"),
        method("Wait"),
        method("Loose", { unordered: true }),
        method("Twice", { idempotent: true }),
        method("Hidden", { cs: false }),
        method("Traced", { trace: true }),
      ],
      options: { "[proto.service_option]": { func: "game", actorKey: "playerid" } },
    },
    {
      name: "UnsafeSer",
      method: [method("Act", { routeKey: "text" })],
      options: { "[proto.service_option]": { func: "game" } },
    },
  ],
});

export type Word = Message<"m3test.Word"> & { text: string };

/** `message Word { string text = 1; }` */
export const WordSchema: GenMessage<Word> = messageDesc(file, 0);

interface WordMethod {
  readonly methodKind: "unary";
  readonly input: GenMessage<Word>;
  readonly output: GenMessage<Word>;
}

/** Hosted by the function `game`, its actors found by the metadata key `playerid`. */
export const GameSer: GenService<{
  say: WordMethod;
  wait: WordMethod;
  /** Unordered. */
  loose: WordMethod;
  /** Idempotent. */
  twice: WordMethod;
  /** Not for clients. */
  hidden: WordMethod;
  traced: WordMethod;
}> = serviceDesc(file, 0);

/** Its actors are those that the request names. */
export const UnsafeSer: GenService<{ act: WordMethod }> = serviceDesc(file, 1);
