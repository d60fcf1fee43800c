import { create, type DescMethod, toBinary } from "@bufbuild/protobuf";
import { BinaryReader, BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import { SendToCli_ReqSchema } from "@m3game/examples/gen/gate_pb.js";
import { Hello_ReqSchema, MultiSer } from "@m3game/examples/gen/multi_pb.js";
import { CSMsgSchema } from "m3game/gen/m3/gate_pb.js";
import { texts } from "../rpc/message.ts";

const { method, content, sequence, code, answered, ping } = CSMsgSchema.field;

/** What each call of Hello begins with. */
export const helloStart = callStart(MultiSer.method.hello);

/** Encoded requests, all different. An echo's response is encoded like its request. */
export const requests: readonly Uint8Array[] = texts.map((req) => requestOf(req));

export function requestOf(req: string): Uint8Array {
  return toBinary(Hello_ReqSchema, create(Hello_ReqSchema, { req }));
}

/** The first message of a client, with what tells who it is. */
export function loginFrame(content: Uint8Array): Uint8Array {
  const fields = { content, hello: { version: 1 } };
  return toBinary(CSMsgSchema, create(CSMsgSchema, fields));
}

export function pingFrame(): Uint8Array {
  return new BinaryWriter().tag(ping.number, WireType.Varint).uint32(1).finish();
}

/** What all calls of a method begin with. */
export function callStart({ parent, name }: DescMethod): Uint8Array {
  return new BinaryWriter().tag(method.number, WireType.LengthDelimited).string(`/${parent.typeName}/${name}`).finish();
}

/** A call, without the cost of the library: what is measured is the server. */
export function callFrame(start: Uint8Array, number: number, request: Uint8Array): Uint8Array {
  return new BinaryWriter()
    .raw(start)
    .tag(content.number, WireType.LengthDelimited)
    .bytes(request)
    .tag(sequence.number, WireType.Varint)
    .uint32(number)
    .tag(answered.number, WireType.Varint)
    .uint32(number - 1)
    .finish();
}

/** The content of an answer. Throws for an error. */
export function answerContent(frame: Uint8Array): Uint8Array {
  const reader = new BinaryReader(frame);
  let found: Uint8Array = new Uint8Array(0);
  while (reader.pos < reader.len) {
    const [field, wireType] = reader.tag();
    if (field === content.number) found = reader.bytes();
    else if (field === code.number) throw new Error(`the gate answered with code ${reader.int32()}`);
    else reader.skip(wireType, field);
  }
  return found;
}

/** What a gate sends for a push of this text. */
export function pushFrame(text: string): Uint8Array {
  const pushed = toBinary(SendToCli_ReqSchema, create(SendToCli_ReqSchema, { content: text }));
  const fields = { content: pushed, pushType: SendToCli_ReqSchema.typeName };
  return toBinary(CSMsgSchema, create(CSMsgSchema, fields));
}
