import type { Message } from "@bufbuild/protobuf";
import { type GenMessage, type GenService, messageDesc, serviceDesc } from "@bufbuild/protobuf/codegenv2";
import { compileFile } from "./descriptors.ts";

const rpc = (name: string, option: Record<string, string | boolean>) => ({
  name,
  inputType: ".m3test.Ask",
  outputType: ".m3test.Ask",
  options: { "[proto.method_option]": option },
});

const file = compileFile({
  name: "m3test/player.proto",
  package: "m3test",
  messageType: [
    {
      name: "Ask",
      field: [
        { name: "id", number: 1, type: "TYPE_STRING", label: "LABEL_OPTIONAL" },
        { name: "text", number: 2, type: "TYPE_STRING", label: "LABEL_OPTIONAL" },
        { name: "number", number: 3, type: "TYPE_INT32", label: "LABEL_OPTIONAL" },
      ],
    },
  ],
  service: ["player", "club"].map((func) => ({
    name: func === "player" ? "PlayerSer" : "ClubSer",
    options: { "[proto.service_option]": { func, actorKey: "actorid" } },
    method: [
      rpc("Do", { routeKey: "id", trace: true }),
      rpc("Again", { routeKey: "id", reentrant: true }),
      rpc("Tell", { routeKey: "id", ntf: true }),
      rpc("Any", {}),
    ],
  })),
});

export type Ask = Message<"m3test.Ask"> & { id: string; text: string; number: number };

/** `message Ask { string id = 1; string text = 2; int32 number = 3; }`: what all methods take and answer. */
export const AskSchema: GenMessage<Ask> = messageDesc(file, 0);

interface AskMethod {
  readonly methodKind: "unary";
  readonly input: GenMessage<Ask>;
  readonly output: GenMessage<Ask>;
}

type AskService = GenService<{
  /** Routed by `id`, which names the actor. */
  do: AskMethod;
  /** The same, reentrant. */
  again: AskMethod;
  /** The same, one way. */
  tell: AskMethod;
  /** The metadata key `actorid` names the actor. */
  any: AskMethod;
}>;

/** Hosted by the function `player`. */
export const PlayerSer: AskService = serviceDesc(file, 0);
/** The same, hosted by the function `club`. */
export const ClubSer: AskService = serviceDesc(file, 1);
