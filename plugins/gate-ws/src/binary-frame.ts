/** Larger messages are not worth their copy. */
export const maxFramedBytes = 4096;

const finalBinary = 0x82;
const lengthFollows = 126;

/** A frame with a message of at most `maxFramedBytes`, as a server sends it, in one buffer: that takes the socket one write less. */
export function binaryFrame(message: Uint8Array): Buffer {
  const { length } = message;
  const isShort = length < lengthFollows;
  const start = isShort ? 2 : 4;
  const frame = Buffer.allocUnsafe(start + length);
  frame[0] = finalBinary;
  frame[1] = isShort ? length : lengthFollows;
  if (!isShort) frame.writeUInt16BE(length, 2);
  frame.set(message, start);
  return frame;
}
