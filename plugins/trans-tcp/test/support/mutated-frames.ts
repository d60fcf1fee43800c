import fc from "fast-check";
import { FrameType } from "../../src/frame.ts";
import { helloFrame, rawFrame } from "./raw-peer.ts";
import { rawRequest } from "./raw-request.ts";

/** How many frames a fuzz run makes about: M3_FUZZ_RUNS, which a long run sets to a million. @default 4000 */
export const fuzzFrames = Number(process.env.M3_FUZZ_RUNS ?? 4000);

export const framesPerStream = 16;

const stream = fc.nat(40);

function streamId(id: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(id);
  return bytes;
}

/** A frame that a caller may send at some time, mostly a request. */
const validFrame: fc.Arbitrary<Buffer> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc
      .record({
        stream,
        flags: fc.constantFrom(0, 0, 0, 1),
        timeoutMs: fc.nat(5000),
        pairs: fc.array(fc.tuple(fc.stringMatching(/^[a-z]{1,8}$/), fc.string({ maxLength: 8 })), { maxLength: 3 }),
        payload: fc.string({ maxLength: 60 }),
      })
      .map(({ stream, ...rest }) => rawRequest(stream, rest)),
  },
  { weight: 2, arbitrary: stream.map((id) => rawFrame(FrameType.CANCEL, streamId(id))) },
  { weight: 1, arbitrary: fc.constant(rawFrame(FrameType.PING, Buffer.alloc(8))) },
  { weight: 1, arbitrary: fc.constant(rawFrame(FrameType.PONG, Buffer.alloc(8))) },
);

/** A frame that comes too late, too early, from the wrong side, or is nothing at all. */
const oddFrame: fc.Arbitrary<Buffer> = fc.oneof(
  fc.constant(helloFrame()),
  fc
    .record({ type: fc.nat(255), body: fc.uint8Array({ maxLength: 30 }), flags: fc.nat(255) })
    .map(({ type, body, flags }) => rawFrame(type, body, flags)),
  fc.uint8Array({ minLength: 1, maxLength: 40 }).map((bytes) => Buffer.from(bytes)),
  fc.nat(0xffff_ffff).map((size) => {
    const header = Buffer.alloc(6);
    header.writeUInt32BE(size);
    header[4] = FrameType.REQUEST;
    return header;
  }),
);

/** A frame with some bytes changed, or with its end cut off. */
const brokenFrame: fc.Arbitrary<Buffer> = fc
  .record({
    frame: validFrame,
    changes: fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 3 }),
    cut: fc.option(fc.nat()),
  })
  .map(({ frame, changes, cut }) => {
    const bytes = Buffer.from(frame);
    for (const [at, value] of changes) bytes[at % bytes.length] = value;
    return cut === null ? bytes : bytes.subarray(0, cut % bytes.length);
  });

const mutation = fc.oneof({ weight: 2, arbitrary: oddFrame }, { weight: 3, arbitrary: brokenFrame });

/** A stream of frames: valid ones, some of them replayed, with a bad one somewhere in most of them. */
export const mutatedFrames: fc.Arbitrary<readonly Buffer[]> = fc
  .record({
    frames: fc.array(validFrame, { minLength: framesPerStream - 4, maxLength: framesPerStream + 4, size: "max" }),
    replayed: fc.array(fc.nat(), { maxLength: 3 }),
    bad: fc.option(fc.tuple(fc.nat(), mutation), { freq: 4 }),
  })
  .map(({ frames, replayed, bad }) => {
    const result = [...frames, ...replayed.flatMap((index) => frames.slice(index % frames.length).slice(0, 1))];
    if (bad !== null) result.splice(bad[0] % result.length, 0, bad[1]);
    return result;
  });
