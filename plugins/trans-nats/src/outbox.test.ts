import { expect, test } from "vitest";
import { Outbox } from "./outbox.ts";
import { decodeMessage, encodeRequest, encodeRequestHead } from "./trans-message.ts";

const head = encodeRequestHead({ method: "/proto.S/M", sourceApp: "", notify: false, takesBatch: true }, []);

function setUp(maxBytes: number) {
  const posted: { readonly serials: readonly unknown[]; readonly range: readonly number[]; readonly bytes: number }[] =
    [];
  const box = new Outbox(maxBytes, (bytes, first, last) => {
    const { batch, serial } = decodeMessage(bytes);
    const serials = batch === undefined ? [serial] : batch.map((message) => message.serial);
    posted.push({ serials, range: [first, last], bytes: bytes.length });
  });
  const add = (serial: number, length = 0) => box.add(encodeRequest(head, serial, [], new Uint8Array(length)), serial);
  return { box, add, posted };
}

test("one message leaves as it is, several as a batch that names its serials", () => {
  const { box, add, posted } = setUp(1000);
  box.flush();
  add(1);
  box.flush();
  for (const serial of [2, 3, 7]) add(serial);
  box.flush();
  box.flush();
  expect(posted.map(({ serials, range }) => ({ serials, range }))).toEqual([
    { serials: [1], range: [1, 1] },
    { serials: [2, 3, 7], range: [2, 7] },
  ]);
});

test("a batch keeps to its size; what is larger leaves alone, in its order", () => {
  const { box, add, posted } = setUp(100);
  for (const serial of [1, 2, 3, 4, 5]) add(serial, 10);
  add(6, 500);
  add(7);
  box.flush();
  expect(posted.flatMap(({ serials }) => serials)).toEqual([1, 2, 3, 4, 5, 6, 7]);
  for (const { serials, bytes } of posted) if (serials.length > 1) expect(bytes).toBeLessThanOrEqual(100);
  expect(posted.find(({ serials }) => serials.includes(6))?.serials).toEqual([6]);
});
