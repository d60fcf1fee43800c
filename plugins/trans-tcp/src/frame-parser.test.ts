import fc from "fast-check";
import { isM3Error } from "m3game";
import { expect, test } from "vitest";
import { headerBytes } from "./frame.ts";
import { FrameParser } from "./frame-parser.ts";

const maxFrameBytes = 20_000;

interface Parsed {
  readonly type: number;
  readonly flags: number;
  readonly body: string;
}

function parseChunks(chunks: readonly Buffer[], limit = maxFrameBytes): Parsed[] {
  const frames: Parsed[] = [];
  const parser = new FrameParser(limit, (type, flags, buffer, start, end) =>
    frames.push({ type, flags, body: buffer.toString("hex", start, end) }),
  );
  for (const chunk of chunks) parser.push(chunk);
  return frames;
}

function frame(type: number, flags: number, body: Uint8Array): Buffer {
  const header = Buffer.alloc(headerBytes);
  header.writeUInt32BE(body.length + 2);
  header[4] = type;
  header[5] = flags;
  return Buffer.concat([header, body]);
}

function cut(stream: Buffer, at: readonly number[]): Buffer[] {
  const marks = [0, ...[...at].sort((a, b) => a - b), stream.length];
  return marks.slice(1).map((end, index) => stream.subarray(marks[index], end));
}

const aFrame = fc.record({
  type: fc.nat(255),
  flags: fc.nat(255),
  body: fc.oneof(fc.uint8Array({ maxLength: 40 }), fc.uint8Array({ minLength: 5000, maxLength: 12_000 })),
});

const bodies = [Buffer.alloc(0), Buffer.of(1), Buffer.from("some body"), Buffer.alloc(0), Buffer.alloc(30, 7)];
const stream = Buffer.concat(bodies.map((body, index) => frame(index + 1, index, body)));
const expected = bodies.map((body, index) => ({ type: index + 1, flags: index, body: body.toString("hex") }));

test("frames come out the same at every pair of cuts", () => {
  for (let first = 0; first <= stream.length; first++) {
    for (let second = first; second <= stream.length; second++) {
      expect(parseChunks(cut(stream, [first, second]))).toEqual(expected);
    }
  }
});

test("frames come out the same byte by byte", () => {
  expect(parseChunks(Array.from(stream, (byte) => Buffer.of(byte)))).toEqual(expected);
});

test("frames of any size come out the same however the stream is cut", () => {
  fc.assert(
    fc.property(fc.array(aFrame, { maxLength: 6 }), fc.array(fc.nat(), { maxLength: 12 }), (frames, cuts) => {
      const whole = Buffer.concat(frames.map(({ type, flags, body }) => frame(type, flags, body)));
      const chunks = cut(
        whole,
        cuts.map((at) => (whole.length === 0 ? 0 : at % whole.length)),
      );
      const wanted = frames.map(({ type, flags, body }) => ({ type, flags, body: Buffer.from(body).toString("hex") }));
      expect(parseChunks(chunks)).toEqual(wanted);
    }),
    { numRuns: 300 },
  );
});

test("a frame that was handed out is not written to later", () => {
  const seen: Buffer[] = [];
  const parser = new FrameParser(maxFrameBytes, (_type, _flags, buffer, start, end) =>
    seen.push(buffer.subarray(start, end)),
  );
  for (const fill of [1, 2, 3]) {
    const bytes = frame(1, 0, Buffer.alloc(9000, fill));
    parser.push(bytes.subarray(0, 100));
    parser.push(bytes.subarray(100));
  }
  expect(seen.map((body) => [...new Set(body)])).toEqual([[1], [2], [3]]);
});

test("a size outside of the limits is refused as soon as it is known", () => {
  const header = (length: number) => {
    const bytes = Buffer.alloc(headerBytes);
    bytes.writeUInt32BE(length);
    return bytes;
  };
  for (const length of [0, 1, maxFrameBytes - 3, 0x7fff_ffff, 0xffff_ffff]) {
    for (const at of [3, 6]) {
      const parse = () => parseChunks(cut(header(length), [at]));
      expect(parse).toThrow(expect.objectContaining({ reason: "PROTOCOL", message: expect.stringContaining("bytes") }));
    }
  }
  expect(parseChunks([header(maxFrameBytes - 4)])).toEqual([]);
});

test("a limit raised between frames holds for the next one", () => {
  const types: number[] = [];
  const parser = new FrameParser(10, (type) => {
    types.push(type);
    parser.maxFrameBytes = maxFrameBytes;
  });
  parser.push(Buffer.concat([frame(1, 0, Buffer.alloc(4)), frame(2, 0, Buffer.alloc(5000))]));
  expect(types).toEqual([1, 2]);
});

test("memory follows what has come, not what a header announces", () => {
  const parsers = Array.from({ length: 64 }, () => new FrameParser(1 << 30, () => {}));
  const before = process.memoryUsage().arrayBuffers;
  for (const parser of parsers) {
    const bytes = frame(1, 0, Buffer.alloc(100));
    bytes.writeUInt32BE((1 << 30) - 4);
    parser.push(bytes);
  }
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(4 << 20);
});

test("random bytes give frames within the limits or a PROTOCOL error, nothing else", () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 64 }), { maxLength: 8 }), (chunks) => {
      try {
        for (const { body } of parseChunks(chunks.map((chunk) => Buffer.from(chunk)))) {
          expect(body.length / 2).toBeLessThanOrEqual(maxFrameBytes - headerBytes);
        }
      } catch (error) {
        expect(isM3Error(error) && error.reason).toBe("PROTOCOL");
      }
    }),
    { numRuns: 1000 },
  );
});
