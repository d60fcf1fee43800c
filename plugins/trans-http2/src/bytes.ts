/** The same bytes as a Buffer, as grpc-js takes them; uncopied. */
export function toBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/**
 * The same bytes as a plain array, uncopied: what is decoded from a Buffer has Buffers for its bytes fields, and those
 * differ, in what `slice` does for one.
 */
export function toBytes(buffer: Buffer): Uint8Array {
  return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength);
}
