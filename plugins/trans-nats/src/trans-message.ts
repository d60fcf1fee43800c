import { WireReader } from "./wire-reader.ts";
import { WireWriter } from "./wire-writer.ts";

// The fields of proto.TransMsg (m3/transport.proto). Encoded by hand: it is done four times for each call.
const Field = {
  method: 1,
  metas: 2,
  content: 3,
  serial: 4,
  ack: 5,
  sourceApp: 6,
  errorCode: 7,
  errorContent: 8,
  notify: 9,
  errorDetail: 10,
  batch: 11,
  takesBatch: 12,
} as const;

/** Tag and length of all fields but metas, generously. */
const fixedBytes = 64;
/** Tags and lengths of one meta. */
const metaBytes = 16;

const nothing = new Uint8Array(0);

/** A message of the original's, decoded. */
export class TransMessage {
  method = "";
  /** Keys and values in turn. */
  readonly metas: string[] = [];
  content: Uint8Array = nothing;
  serial: number | bigint = 0;
  ack = false;
  sourceApp = "";
  errorCode = 0;
  errorContent = "";
  notify = false;
  errorDetail: Uint8Array = nothing;
  /** Several messages in one; undefined in one that is a message itself. */
  batch: TransMessage[] | undefined = undefined;
  takesBatch = false;
}

/** Decodes a message; fields that are unknown are skipped. Throws PROTOCOL. */
export function decodeMessage(bytes: Uint8Array): TransMessage {
  const buffer = Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return readMessage(new WireReader(buffer, 0, buffer.length));
}

function readMessage(reader: WireReader): TransMessage {
  const message = new TransMessage();
  while (!reader.atEnd) {
    const tag = reader.tag();
    if (tag === bytes(Field.batch)) (message.batch ??= []).push(readPart(reader.message()));
    else readField(reader, tag, message);
  }
  return message;
}

/** A message of a batch, which is no batch itself. */
function readPart(reader: WireReader): TransMessage {
  const message = new TransMessage();
  while (!reader.atEnd) readField(reader, reader.tag(), message);
  return message;
}

const varint = (field: number) => field << 3;
const bytes = (field: number) => (field << 3) | 2;

function readField(reader: WireReader, tag: number, message: TransMessage): void {
  switch (tag) {
    case bytes(Field.method):
      message.method = reader.text();
      break;
    case bytes(Field.metas):
      readMeta(reader.message(), message.metas);
      break;
    case bytes(Field.content):
      message.content = reader.bytes();
      break;
    case varint(Field.serial):
      message.serial = reader.varint();
      break;
    case varint(Field.ack):
      message.ack = reader.varint() !== 0;
      break;
    case bytes(Field.sourceApp):
      message.sourceApp = reader.text();
      break;
    case varint(Field.errorCode):
      message.errorCode = Number(reader.varint());
      break;
    case bytes(Field.errorContent):
      message.errorContent = reader.text();
      break;
    case varint(Field.notify):
      message.notify = reader.varint() !== 0;
      break;
    case bytes(Field.errorDetail):
      message.errorDetail = reader.bytes();
      break;
    case varint(Field.takesBatch):
      message.takesBatch = reader.varint() !== 0;
      break;
    default:
      reader.skip(tag);
  }
}

function readMeta(reader: WireReader, metas: string[]): void {
  let key = "";
  let value = "";
  while (!reader.atEnd) {
    const tag = reader.tag();
    if (tag === bytes(1)) key = reader.text();
    else if (tag === bytes(2)) value = reader.text();
    else reader.skip(tag);
  }
  metas.push(key, value);
}

/** Metas by key and value in turn. */
export type Metas = readonly string[];

type HeadFields = Pick<TransMessage, "method" | "sourceApp" | "notify" | "takesBatch">;

/** What the requests of one method to one app have in common, encoded once. */
export function encodeRequestHead({ method, sourceApp, notify, takesBatch }: HeadFields, metas: Metas): Buffer {
  const writer = new WireWriter(fixedBytes + sizeOf(metas) + 3 * (method.length + sourceApp.length));
  writer.text(Field.method, method);
  writer.text(Field.sourceApp, sourceApp);
  if (notify) writer.varint(Field.notify, 1);
  if (takesBatch) writer.varint(Field.takesBatch, 1);
  writeMetas(writer, metas);
  return writer.finish();
}

export function encodeRequest(head: Uint8Array, serial: number, metas: Metas, content: Uint8Array): Buffer {
  const writer = new WireWriter(head.length + fixedBytes + sizeOf(metas) + content.length);
  writer.encoded(head);
  writer.varint(Field.serial, serial);
  writeMetas(writer, metas);
  if (content.length > 0) writer.bytes(Field.content, content);
  return writer.finish();
}

/** What a message takes in a batch beside its own size, at most. */
export const batchPartBytes = 8;

/** Several messages in one. */
export function encodeBatch(messages: readonly Uint8Array[]): Buffer {
  const writer = new WireWriter(messages.reduce((sum, { length }) => sum + length + batchPartBytes, 0));
  for (const message of messages) writer.bytes(Field.batch, message);
  return writer.finish();
}

/** Of the request's message, what its answer repeats. */
type Asked = Pick<TransMessage, "method" | "serial">;

export function encodeAnswer(asked: Asked, sourceApp: string, content: Uint8Array): Buffer {
  const writer = new WireWriter(fixedBytes + 3 * (asked.method.length + sourceApp.length) + content.length);
  writeAnswerHead(writer, asked, sourceApp);
  if (content.length > 0) writer.bytes(Field.content, content);
  return writer.finish();
}

export function encodeErrorAnswer(
  asked: Asked,
  sourceApp: string,
  code: number,
  text: string,
  detail: Uint8Array,
): Buffer {
  const texts = asked.method.length + sourceApp.length + text.length;
  const writer = new WireWriter(fixedBytes + 3 * texts + detail.length);
  writeAnswerHead(writer, asked, sourceApp);
  writer.varint(Field.errorCode, code);
  writer.text(Field.errorContent, text);
  writer.bytes(Field.errorDetail, detail);
  return writer.finish();
}

function writeAnswerHead(writer: WireWriter, { method, serial }: Asked, sourceApp: string): void {
  writer.text(Field.method, method);
  writer.varint(Field.serial, serial);
  writer.varint(Field.ack, 1);
  writer.text(Field.sourceApp, sourceApp);
}

function writeMetas(writer: WireWriter, metas: Metas): void {
  for (let index = 0; index < metas.length; index += 2) {
    writer.pair(Field.metas, metas[index] ?? "", metas[index + 1] ?? "");
  }
}

function sizeOf(metas: Metas): number {
  let bytes = 0;
  for (const text of metas) bytes += metaBytes + 3 * text.length;
  return bytes;
}
