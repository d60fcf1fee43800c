const settings = 4;
const goaway = 7;
/** HTTP/2's error code for "use another protocol than this". */
const http11Required = 0xd;

/** What an HTTP/2 client is told in its own language: its library shows `text` as the debug data of a GOAWAY. */
export function http2Refusal(text: string): Buffer {
  const debugData = Buffer.from(text, "utf8");
  const fixed = Buffer.alloc(8);
  fixed.writeUInt32BE(http11Required, 4);
  return Buffer.concat([http2Frame(settings, Buffer.alloc(0)), http2Frame(goaway, Buffer.concat([fixed, debugData]))]);
}

/** A frame about the whole connection: 24 bits of length, type, no flags, stream 0. */
function http2Frame(type: number, body: Buffer): Buffer {
  const header = Buffer.alloc(9);
  header.writeUIntBE(body.length, 0, 3);
  header[3] = type;
  return Buffer.concat([header, body]);
}
