import { expect, test } from "vitest";
import { Liveness } from "./liveness.ts";

test("what was read is a sign of life, once", () => {
  const liveness = new Liveness({ bytesWritten: 0, writableLength: 0 });
  expect(liveness.check()).toBe(false);
  liveness.heard = true;
  expect([liveness.check(), liveness.check()]).toEqual([true, false]);
});

test("a write that this machine took at once is none", () => {
  const socket = { bytesWritten: 0, writableLength: 0 };
  const liveness = new Liveness(socket);
  liveness.check();
  socket.bytesWritten = 14;
  expect(liveness.check()).toBe(false);
});

test("a peer that takes what it could not take before lives, one that takes nothing does not", () => {
  const socket = { bytesWritten: 1000, writableLength: 900 };
  const liveness = new Liveness(socket);
  liveness.check();
  expect(liveness.check()).toBe(false);
  Object.assign(socket, { bytesWritten: 1500, writableLength: 1400 });
  expect(liveness.check()).toBe(false);
  socket.writableLength = 600;
  expect(liveness.check()).toBe(true);
  expect(liveness.check()).toBe(false);
  socket.writableLength = 0;
  expect([liveness.check(), liveness.check()]).toEqual([true, false]);
});
