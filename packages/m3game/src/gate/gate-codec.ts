import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { BinaryReader, BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import type { PushFrame } from "../../gen/m3/gate_control_pb.js";
import { type CSMsg, CSMsgSchema, HelloSchema } from "../../gen/m3/gate_pb.js";
import { type M3Error, toErrorDetail } from "../meta/error.ts";
import { messageDecoder } from "../meta/message-decoder.ts";
import { messageEncoder } from "../meta/message-encoder.ts";

/** A push as it is sent to any number of clients, encoded once. */
export interface EncodedPush {
  readonly delivery: "reliable" | "droppable" | "latest";
  readonly latestKey: string;
  /** For clients of ours, without a number. */
  readonly plain: Uint8Array;
  /** For clients of the original: the content alone. */
  readonly legacy: Uint8Array;
}

const { field } = CSMsgSchema;
/** It has one byte, as those of all fields up to 15. */
const pushNumberTag = (field.pushNumber.number << 3) | WireType.Varint;
/** Of larger answers the writer would keep the memory. */
const maxWrittenBytes = 4096;
/**
 * The most fields of a client's message, each meta one of them: many times what a call needs. Without a limit, a small message
 * may hold so many that it takes long to decode: 64 KiB are 32,000 empty metas.
 */
export const maxFields = 200;
/** Tag and value. */
const minFieldBytes = 2;

/** Encodes and decodes what gates and clients say to each other. */
export class GateCodec {
  readonly #decode = messageDecoder(CSMsgSchema);
  readonly #encode = messageEncoder(CSMsgSchema);
  readonly #writer = new BinaryWriter();

  /** Throws for bytes that are no CSMsg. */
  decode(bytes: Uint8Array): CSMsg {
    // messageDecoder was made for this very type.
    return this.#decode(bytes) as CSMsg;
  }

  /** True for a message of more than `maxFields`, without decoding it. Throws for bytes that are no message. */
  hasTooManyFields(bytes: Uint8Array): boolean {
    if (bytes.length <= maxFields * minFieldBytes) return false;
    const reader = new BinaryReader(bytes);
    for (let fields = 0; fields < maxFields && reader.pos < reader.len; fields++) {
      const [number, wireType] = reader.tag();
      reader.skip(wireType, number);
    }
    return reader.pos < reader.len;
  }

  /**
   * Of a message that is too large, or has too many fields, just what its refusal takes, as far as its first fields tell: to
   * decode all of it may take long, as where it is a million metas. Throws for bytes that are no message.
   */
  decodeHead(bytes: Uint8Array): CSMsg {
    const head = create(CSMsgSchema);
    const reader = new BinaryReader(bytes);
    for (let fields = 0; fields < maxFields && reader.pos < reader.len; fields++) {
      const [number, wireType] = reader.tag();
      if (number === field.method.number && wireType === WireType.LengthDelimited) head.method = reader.string();
      else if (number === field.sequence.number && wireType === WireType.Varint) head.sequence = reader.uint32();
      else {
        // Clients of the original send none.
        if (number === field.hello.number) head.hello ??= create(HelloSchema);
        reader.skip(wireType, number);
      }
    }
    return head;
  }

  encode(fields: MessageInitShape<typeof CSMsgSchema>): Uint8Array {
    return this.#encode(create(CSMsgSchema, fields));
  }

  answer({ method, metas, sequence }: CSMsg, content: Uint8Array): Uint8Array {
    // An onCall may answer with what is no Uint8Array: nothing of that may stay behind in the writer.
    const isPlain = metas.length === 0 && content instanceof Uint8Array && content.length <= maxWrittenBytes;
    if (!isPlain) return this.encode({ method, metas, sequence, content });
    // What encode does, without a look at every field that a CSMsg can have.
    const writer = this.#writer;
    if (method !== "") writer.tag(field.method.number, WireType.LengthDelimited).string(method);
    if (content.length > 0) writer.tag(field.content.number, WireType.LengthDelimited).bytes(content);
    if (sequence !== 0) writer.tag(field.sequence.number, WireType.Varint).uint32(sequence);
    return writer.finish();
  }

  failure({ method, metas, sequence }: CSMsg, error: M3Error): Uint8Array {
    return this.encode({ method, metas, sequence, ...errorFields(error) });
  }

  goodbye(error: M3Error, resumable: boolean): Uint8Array {
    return this.encode({ goodbye: { resumable }, ...errorFields(error) });
  }

  push({ type, content, droppable, latestKey }: PushFrame): EncodedPush {
    const codec = this;
    let legacy: Uint8Array | undefined;
    return {
      delivery: latestKey !== "" ? "latest" : droppable ? "droppable" : "reliable",
      latestKey,
      plain: this.encode({ content, pushType: type }),
      get legacy() {
        legacy ??= codec.encode({ content });
        return legacy;
      },
    };
  }
}

/** A push with its number: fields of a message may follow in any order. By hand, as it is done for each session of a group. */
export function numbered(push: Uint8Array, number: number): Uint8Array {
  let numberBytes = 1;
  for (let rest = number; rest > 127; rest >>>= 7) numberBytes++;
  const message = new Uint8Array(push.length + 1 + numberBytes);
  message.set(push);
  let at = push.length;
  message[at++] = pushNumberTag;
  let rest = number;
  for (; rest > 127; rest >>>= 7) message[at++] = (rest & 127) | 128;
  message[at] = rest;
  return message;
}

/** True for a first message as a client of the original sends it: no field from 4 on. */
export function isLegacy(first: CSMsg): boolean {
  const { code, message, pushType, pushNumber, ack, answered, repeat, sequence, ping, pong, resumeToken } = first;
  return !(
    (first.hello ?? first.welcome ?? first.goodbye ?? first.details) ||
    [code, pushNumber, ack, answered, sequence, ping, pong].some((number) => number !== 0) ||
    message !== "" ||
    pushType !== "" ||
    repeat ||
    resumeToken.length > 0
  );
}

function errorFields(error: M3Error) {
  return {
    code: error.code,
    message: error.message.toWellFormed(),
    details: toErrorDetail(error),
  };
}
