import { CSMsgSchema } from "../gen/m3/gate_pb.js";

// Calls and their answers are nearly all that is said, and are written and read here without a look at every field that a
// CSMsg can have. Whatever else there is in a message is left to the library.

const { field } = CSMsgSchema;

/** How a field begins whose number is at most 15. */
const tagOf = ({ number }: { readonly number: number }, wireType: 0 | 2) => (number << 3) | wireType;

const tags = {
  method: tagOf(field.method, 2),
  metas: tagOf(field.metas, 2),
  content: tagOf(field.content, 2),
  sequence: tagOf(field.sequence, 0),
  ack: tagOf(field.ack, 0),
  answered: tagOf(field.answered, 0),
  repeat: tagOf(field.repeat, 0),
};

/** A tag and a number of 32 bits. */
const maxNumberBytes = 6;
const maxNumbers = 6;

export interface CallFrame {
  /** The method's name in UTF-8. */
  readonly method: Uint8Array;
  readonly content: Uint8Array;
  readonly sequence: number;
  readonly repeat: boolean;
  readonly ack: number;
  readonly answered: number;
}

/** The CSMsg of a call without metas. */
export function encodeCall(call: CallFrame): Uint8Array {
  const frame = new Uint8Array(call.method.length + call.content.length + maxNumbers * maxNumberBytes);
  let at = writeBytes(frame, 0, tags.method, call.method);
  at = writeBytes(frame, at, tags.content, call.content);
  at = writeNumber(frame, at, tags.sequence, call.sequence);
  at = writeNumber(frame, at, tags.ack, call.ack);
  at = writeNumber(frame, at, tags.answered, call.answered);
  at = writeNumber(frame, at, tags.repeat, Number(call.repeat));
  return frame.subarray(0, at);
}

function writeBytes(frame: Uint8Array, at: number, tag: number, bytes: Uint8Array): number {
  const start = writeNumber(frame, at, tag, bytes.length);
  frame.set(bytes, start);
  return start + bytes.length;
}

/** A field that is 0 is left out. */
function writeNumber(frame: Uint8Array, at: number, tag: number, value: number): number {
  if (value === 0) return at;
  let end = at;
  frame[end++] = tag;
  let rest = value;
  for (; rest > 127; rest >>>= 7) frame[end++] = (rest & 127) | 128;
  frame[end++] = rest;
  return end;
}

export interface AnswerFrame {
  readonly sequence: number;
  readonly content: Uint8Array;
}

const nothing = new Uint8Array(0);

/** What is in a CSMsg that is just the answer of a call that went well; undefined for any other. */
export function decodeAnswer(frame: Uint8Array): AnswerFrame | undefined {
  const reader = new NumberReader(frame);
  let sequence = 0;
  let content: Uint8Array = nothing;
  while (reader.at < frame.length) {
    const tag = reader.next();
    const value = reader.next();
    if (value < 0) return undefined;
    if (tag === tags.sequence) sequence = value;
    else if (tag === tags.method || tag === tags.metas) reader.at += value;
    else if (tag === tags.content) {
      content = frame.subarray(reader.at, reader.at + value);
      reader.at += value;
    } else return undefined;
  }
  return reader.at === frame.length && sequence !== 0 ? { sequence, content } : undefined;
}

class NumberReader {
  at = 0;
  readonly #frame: Uint8Array;

  constructor(frame: Uint8Array) {
    this.#frame = frame;
  }

  /** A number of at most 32 bits, -1 for what is none. */
  next(): number {
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.#frame[this.at++] ?? 128;
      value |= (byte & 127) << shift;
      if (byte < 128) return value >>> 0;
    }
    return -1;
  }
}
