import { expect, test } from "vitest";
import { EncodingPool } from "./encoding-pool.ts";

test("what was given back is overwritten with bytes of the same length", () => {
  const pool = new EncodingPool();
  const [old, other] = [Uint8Array.of(1, 2), Uint8Array.of(3)];
  pool.giveBack(old);
  pool.giveBack(other);
  const kept = pool.keep(Uint8Array.of(4, 5));
  expect(kept).toBe(old);
  expect(kept).toEqual(Uint8Array.of(4, 5));
  const fresh = Uint8Array.of(6, 7);
  expect(pool.keep(fresh)).toBe(fresh);
  expect(pool.keep(Uint8Array.of(8))).toBe(other);
});

test("holds so many bytes and no more", () => {
  const pool = new EncodingPool();
  const [large, small] = [new Uint8Array(1024 * 1024), new Uint8Array(1)];
  pool.giveBack(large);
  pool.giveBack(small);
  const fresh = new Uint8Array(1);
  expect(pool.keep(fresh)).toBe(fresh);
  expect(pool.keep(new Uint8Array(1024 * 1024))).toBe(large);
  pool.giveBack(small);
  expect(pool.keep(fresh)).toBe(small);
});
