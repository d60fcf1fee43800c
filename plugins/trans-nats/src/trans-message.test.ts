import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import fc from "fast-check";
import { TransMsgSchema } from "m3game/gen/m3/transport_pb.js";
import { expect, test } from "vitest";
import {
  decodeMessage,
  encodeAnswer,
  encodeBatch,
  encodeErrorAnswer,
  encodeRequest,
  encodeRequestHead,
} from "./trans-message.ts";

const int64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
const content = fc.uint8Array({ maxLength: 300 });
const text = fc.string({ unit: "grapheme", maxLength: 200 });
const metas = fc.array(fc.tuple(text, text), { maxLength: 5 });
const serial = fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER });

test("decodes what protobuf encodes", () => {
  fc.assert(
    fc.property(text, metas, content, int64, fc.boolean(), text, fc.integer(), text, (...fields) => {
      const [method, pairs, body, number, flag, srcApp, errCode, errContent] = fields;
      const message = create(TransMsgSchema, {
        ...{ method, content: body, serial: number, ack: flag, srcApp, errCode, errContent, nty: flag },
        metas: pairs.map(([key, value]) => ({ key, value })),
        errDetail: body,
        takesBatch: flag,
      });
      const decoded = decodeMessage(toBinary(TransMsgSchema, message));
      expect({ ...decoded, serial: BigInt(decoded.serial), errorCode: decoded.errorCode | 0 }).toEqual({
        ...{ method, metas: pairs.flat(), content: body, serial: number, ack: flag, sourceApp: srcApp },
        ...{ errorCode: errCode, errorContent: errContent, notify: flag, errorDetail: body },
        ...{ batch: undefined, takesBatch: flag },
      });
    }),
  );
});

test("protobuf decodes the requests", () => {
  fc.assert(
    fc.property(
      text,
      text,
      fc.boolean(),
      metas,
      metas,
      serial,
      content,
      (method, app, nty, shared, own, number, body) => {
        const head = encodeRequestHead({ method, sourceApp: app, notify: nty, takesBatch: false }, shared.flat());
        const decoded = fromBinary(TransMsgSchema, encodeRequest(head, number, own.flat(), body));
        const pairs = [...shared, ...own].map(([key, value]) => ({ key, value }));
        expect(decoded).toMatchObject({ method, srcApp: app, nty, serial: BigInt(number), ack: false, metas: pairs });
        expect([...decoded.content]).toEqual([...body]);
      },
    ),
  );
});

test("protobuf decodes the answers, with any serial that a caller chose", () => {
  fc.assert(
    fc.property(
      text,
      int64,
      text,
      content,
      fc.integer({ min: 1, max: 16 }),
      text,
      (method, number, app, body, code, why) => {
        const asked = decodeMessage(toBinary(TransMsgSchema, create(TransMsgSchema, { method, serial: number })));
        const answer = fromBinary(TransMsgSchema, encodeAnswer(asked, app, body));
        expect(answer).toMatchObject({ method, serial: number, ack: true, srcApp: app, metas: [], errCode: 0 });
        expect([...answer.content]).toEqual([...body]);
        const failure = fromBinary(TransMsgSchema, encodeErrorAnswer(asked, app, code, why, body));
        expect(failure).toMatchObject({ method, serial: number, ack: true, errCode: code, errContent: why });
        expect([...failure.errDetail]).toEqual([...body]);
      },
    ),
  );
});

test("a batch holds its messages in order, for protobuf too", () => {
  fc.assert(
    fc.property(fc.array(content, { minLength: 1, maxLength: 5 }), (bodies) => {
      const head = encodeRequestHead({ method: "/proto.S/M", sourceApp: "", notify: false, takesBatch: true }, []);
      const batch = encodeBatch(bodies.map((body, index) => encodeRequest(head, index + 1, [], body)));
      const expected = bodies.map((body, index) => [index + 1, [...body]]);
      expect(decodeMessage(batch).batch?.map((part) => [part.serial, [...part.content]])).toEqual(expected);
      const decoded = fromBinary(TransMsgSchema, batch).batch;
      expect(decoded.map((part) => [Number(part.serial), [...part.content]])).toEqual(expected);
    }),
  );
});

test("what is cut short or malformed is refused, and never more than that", () => {
  const head = encodeRequestHead({ method: "/proto.S/M", sourceApp: "a.b.c.1", notify: false, takesBatch: true }, [
    "key",
    "value",
  ]);
  const whole = encodeRequest(head, 2 ** 40, [], new Uint8Array(50));
  for (let length = 1; length < whole.length; length++) {
    try {
      decodeMessage(whole.subarray(0, length));
    } catch (error) {
      expect(error).toMatchObject({ reason: "PROTOCOL" });
    }
  }
  expect(() => decodeMessage(whole.subarray(0, -1))).toThrow("cut short");
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
      try {
        decodeMessage(bytes);
      } catch (error) {
        expect(error).toMatchObject({ reason: "PROTOCOL" });
      }
    }),
  );
});
