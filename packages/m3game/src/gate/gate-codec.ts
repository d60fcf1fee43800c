import { create, type Message, type MessageInitShape } from "@bufbuild/protobuf";
import { BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import type { PushFrame } from "../../gen/m3/gate_control_pb.js";
import { type CSMsg, CSMsgSchema } from "../../gen/m3/gate_pb.js";
import { blankMaker } from "../meta/blank-message.ts";
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

/** Encodes and decodes what gates and clients say to each other. */
export class GateCodec {
  readonly #decode = messageDecoder(CSMsgSchema);
  readonly #encode = messageEncoder(CSMsgSchema);
  readonly #blank: () => Message = blankMaker(CSMsgSchema) ?? (() => create(CSMsgSchema));

  /** Throws for bytes that are no CSMsg. */
  decode(bytes: Uint8Array): CSMsg {
    // messageDecoder was made for this very type.
    return this.#decode(bytes) as CSMsg;
  }

  encode(fields: MessageInitShape<typeof CSMsgSchema>): Uint8Array {
    return this.#encode(create(CSMsgSchema, fields));
  }

  answer({ method, metas, sequence }: CSMsg, content: Uint8Array): Uint8Array {
    // What encode does, without the look at each field that create takes.
    return this.#encode(Object.assign(this.#blank(), { method, metas, sequence, content }));
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

/** A push with its number: fields of a message may follow in any order. */
export function numbered(push: Uint8Array, number: number): Uint8Array {
  const suffix = new BinaryWriter().tag(CSMsgSchema.field.pushNumber.number, WireType.Varint).uint32(number).finish();
  const message = new Uint8Array(push.length + suffix.length);
  message.set(push);
  message.set(suffix, push.length);
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
