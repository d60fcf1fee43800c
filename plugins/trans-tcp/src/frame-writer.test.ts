import { once } from "node:events";
import { PassThrough } from "node:stream";
import fc from "fast-check";
import { RouteType } from "m3game/internal";
import { expect, test } from "vitest";
import { FrameType, headerBytes, noTimeout } from "./frame.ts";
import { FrameParser } from "./frame-parser.ts";
import { FrameWriter, type RequestHead, requestBodyBytes, timeoutField } from "./frame-writer.ts";
import { KnownNames } from "./known-names.ts";
import { readRequest } from "./request-frame.ts";

/** A writer and what it has written so far, chunk by chunk. */
function recorded() {
  const stream = new PassThrough();
  const chunks: Buffer[] = [];
  stream.on("data", (chunk: Buffer) => chunks.push(chunk));
  return { stream, chunks, writer: new FrameWriter(stream) };
}

const printable = fc.string({ unit: fc.integer({ min: 0x20, max: 0x7e }).map((code) => String.fromCharCode(code)) });
const key = fc.stringMatching(/^[a-z0-9_.-]{1,20}$/);

const aHead: fc.Arbitrary<RequestHead> = fc.record({
  stream: fc.integer({ min: 1, max: 0xffff_fffe }),
  method: printable,
  timeoutMs: fc.oneof(fc.constant(noTimeout), fc.nat(1_000_000)),
  routeType: fc.constantFrom(...Object.values(RouteType)),
  hops: fc.nat(255),
  chain: fc.constantFrom("", "Club/7,Role/1"),
  notify: fc.boolean(),
  hashKey: fc.string({ unit: "grapheme" }),
  source: printable,
  metadata: fc.array(fc.tuple(key, printable), { maxLength: 8 }).map((pairs) => new Map(pairs)),
});

test("a request is read as it was written, whatever it holds", () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(aHead, fc.uint8Array({ maxLength: 200 })), { maxLength: 5 }), (requests) => {
      const { writer, chunks } = recorded();
      for (const [head, payload] of requests) writer.request(head, payload);
      writer.flush();
      const read: unknown[] = [];
      new FrameParser(1 << 20, (_type, flags, buffer, start, end) => {
        const { timeoutMs, payload, ...head } = readRequest(flags, buffer, start, end, new KnownNames());
        read.push([{ ...head, timeoutMs: timeoutField(timeoutMs) }, Buffer.from(payload).toString("hex")]);
      }).push(Buffer.concat(chunks));
      expect(read).toEqual(requests.map(([head, payload]) => [head, Buffer.from(payload).toString("hex")]));
    }),
    { numRuns: 300 },
  );
});

test("the size of a request's head is known before it is written", () => {
  fc.assert(
    fc.property(aHead, fc.uint8Array({ maxLength: 50 }), (head, payload) => {
      const { writer, chunks } = recorded();
      writer.request(head, payload);
      writer.flush();
      expect(Buffer.concat(chunks).length).toBe(headerBytes + requestBodyBytes(head) + payload.length);
    }),
  );
});

test("every cut of a request is refused with PROTOCOL or leaves a shorter payload", () => {
  const { writer, chunks } = recorded();
  const metadata = new Map([["key", "value"]]);
  const payload = new Uint8Array(5);
  writer.request(
    {
      stream: 1,
      method: "/a.B/C",
      timeoutMs: 5,
      routeType: 3,
      hops: 1,
      chain: "",
      notify: true,
      hashKey: "k",
      source: "s",
      metadata,
    },
    payload,
  );
  writer.flush();
  const bytes = Buffer.concat(chunks);
  const flags = bytes[5] ?? 0;
  for (let end = headerBytes; end < bytes.length - payload.length; end++) {
    expect(() => readRequest(flags, bytes, headerBytes, end, new KnownNames())).toThrow(
      expect.objectContaining({ reason: "PROTOCOL" }),
    );
  }
  for (let left = 0; left <= payload.length; left++) {
    const end = bytes.length - payload.length + left;
    expect(readRequest(flags, bytes, headerBytes, end, new KnownNames()).payload).toHaveLength(left);
  }
});

test("unknown flags of a request are refused", () => {
  const { writer, chunks } = recorded();
  const head = {
    stream: 1,
    method: "/a.B/C",
    timeoutMs: 5,
    routeType: 2,
    hops: 0,
    chain: "",
    notify: false,
    hashKey: "",
    source: "",
  };
  writer.request({ ...head, metadata: new Map() }, new Uint8Array());
  writer.flush();
  const bytes = Buffer.concat(chunks);
  expect(readRequest(0, bytes, headerBytes, bytes.length, new KnownNames()).method).toBe("/a.B/C");
  expect(() => readRequest(32, bytes, headerBytes, bytes.length, new KnownNames())).toThrow("unknown flags");
});

test("frames of one turn leave in one write", async () => {
  const { stream, writer, chunks } = recorded();
  for (let index = 0; index < 100; index++) writer.stream(FrameType.CANCEL, index, new Uint8Array());
  expect(chunks).toEqual([]);
  expect(writer.backlogBytes).toBe(1000);
  await once(stream, "data");
  expect(chunks.map((chunk) => chunk.length)).toEqual([1000]);
  expect(writer.backlogBytes).toBe(0);
});

test("what was handed to the socket is not written over, also past a full buffer", () => {
  const { writer, chunks } = recorded();
  for (let index = 0; index < 40; index++) {
    writer.plain(FrameType.PONG, Buffer.alloc(index % 8 === 0 ? 100_000 : 5000, index));
    if (index % 3 === 0) writer.flush();
  }
  writer.flush();
  const fills: number[] = [];
  new FrameParser(1 << 20, (_type, _flags, buffer, start, end) => {
    expect(new Set(buffer.subarray(start, end)).size).toBe(1);
    fills.push(buffer[start] ?? -1);
  }).push(Buffer.concat(chunks));
  expect(fills).toEqual(Array.from({ length: 40 }, (_, index) => index));
});

test("nothing is written to a stream that has ended", () => {
  const { stream, writer, chunks } = recorded();
  stream.end();
  writer.plain(FrameType.PING, new Uint8Array(8));
  writer.flush();
  expect(chunks).toEqual([]);
});

test("what is left of a deadline is rounded up and kept within the field", () => {
  expect([0.2, 5, -3, Number.POSITIVE_INFINITY, 1e12].map(timeoutField)).toEqual([1, 5, 0, noTimeout, noTimeout - 1]);
});
