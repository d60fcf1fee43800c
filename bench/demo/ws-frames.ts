const binary = 0x82;
const isMasked = 0x80;
const maskBytes = 4;
/** From here on the length takes two bytes of its own, or eight. */
const shortest = 126;
const longest = 65_536;

/** A message of a WebSocket client, of less than 64 KiB. Its mask is 0, which leaves it as it is. */
export function frameClient(message: Uint8Array): Buffer {
  const { length } = message;
  if (length >= longest) throw new RangeError(`a message of ${length} bytes is too long`);
  const headBytes = length < shortest ? 2 : 4;
  const frame = Buffer.alloc(headBytes + maskBytes + length);
  frame[0] = binary;
  if (length < shortest) frame[1] = isMasked | length;
  else {
    frame[1] = isMasked | shortest;
    frame.writeUInt16BE(length, 2);
  }
  frame.set(message, headBytes + maskBytes);
  return frame;
}

/** The message that a server's frames begin with, and where it ends; undefined while it is not all there. */
export function messageIn(data: Buffer): { readonly message: Buffer; readonly end: number } | undefined {
  const short = data[1];
  if (short === undefined) return undefined;
  if (data[0] !== binary || short > shortest) throw new Error("this is no short binary message of a server");
  const headBytes = short < shortest ? 2 : 4;
  if (data.length < headBytes) return undefined;
  const end = headBytes + (short < shortest ? short : data.readUInt16BE(2));
  return data.length < end ? undefined : { message: data.subarray(headBytes, end), end };
}
