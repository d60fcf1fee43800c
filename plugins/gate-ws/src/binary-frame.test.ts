import { expect, test } from "vitest";
import { binaryFrame, maxFramedBytes } from "./binary-frame.ts";

// The heads are those of RFC 6455, section 5.2: the final frame, binary, no mask.
test.each([
  [0, "8200"],
  [1, "8201"],
  [125, "827d"],
  [126, "827e007e"],
  [256, "827e0100"],
  [maxFramedBytes, "827e1000"],
])("a message of %d bytes follows the head %s", (length, head) => {
  const message = new Uint8Array(length).fill(7);
  expect(binaryFrame(message)).toEqual(Buffer.concat([Buffer.from(head, "hex"), message]));
});
