import { create, isMessage, toBinary } from "@bufbuild/protobuf";
import { expect, test } from "vitest";
import { ErrorDetailSchema } from "../../gen/m3/error_pb.js";
import { messageDecoder } from "./message-decoder.ts";

test("decoded bytes do not keep the buffer they came in", () => {
  const encoded = toBinary(
    ErrorDetailSchema,
    create(ErrorDetailSchema, { payloads: [{ value: new Uint8Array([7]) }] }),
  );
  const chunk = Buffer.alloc(65_536);
  chunk.set(encoded, 100);
  const decoded = messageDecoder(ErrorDetailSchema)(chunk.subarray(100, 100 + encoded.length));
  if (!isMessage(decoded, ErrorDetailSchema)) throw new TypeError(`decoded a ${decoded.$typeName}`);
  const [payload] = decoded.payloads;
  expect(payload?.value).toEqual(new Uint8Array([7]));
  expect(payload?.value.buffer.byteLength).toBe(encoded.length);
  expect(Buffer.isBuffer(payload?.value)).toBe(false);
});
