import { Writable } from "node:stream";
import fc from "fast-check";
import { expect, test } from "vitest";
import { FrameReader, FrameWriter } from "./limit-frames.ts";

class Sink extends Writable {
  readonly written: Buffer[] = [];
  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.written.push(chunk);
    done();
  }
}

const frames = fc.array(fc.tuple(fc.nat(0xffffffff), fc.uint8Array({ maxLength: 300 })), { maxLength: 20 });

async function write(list: readonly (readonly [number, Uint8Array])[]): Promise<Sink> {
  const sink = new Sink();
  const writer = new FrameWriter(sink);
  for (const [id, payload] of list) writer.write(id, payload);
  await new Promise(setImmediate);
  return sink;
}

test("frames arrive whole and in order however they are cut on the way", async () => {
  await fc.assert(
    fc.asyncProperty(frames, fc.integer({ min: 1, max: 50 }), async (list, pieceBytes) => {
      const bytes = Buffer.concat((await write(list)).written);
      const read: [number, Uint8Array][] = [];
      const reader = new FrameReader((id, payload) => read.push([id, Uint8Array.from(payload)]));
      for (let at = 0; at < bytes.length; at += pieceBytes) reader.read(bytes.subarray(at, at + pieceBytes));
      expect(read).toEqual(list);
    }),
  );
});

test("frames of one tick leave with one write, and more than a slab holds is not lost", async () => {
  const few = await write(Array.from({ length: 50 }, (_, id) => [id, new Uint8Array(20)] as const));
  expect(few.written).toHaveLength(1);
  const many = await write(Array.from({ length: 5000 }, (_, id) => [id, new Uint8Array(20)] as const));
  expect(Buffer.concat(many.written)).toHaveLength(5000 * 28);
});
