import { readFile } from "node:fs/promises";
import { createSecureContext } from "node:tls";
import { reasonError } from "m3game/internal";
import { z } from "zod";

/** The `Tls` key of a section whose plugin listens for clients. */
export const serverTls = z.strictObject({
  /** PEM file with the certificate and its chain. */
  CertFile: z.string().min(1),
  /** PEM file with the certificate's private key. */
  KeyFile: z.string().min(1),
});

/** What a server shows its clients, in PEM. */
export interface ServerTls {
  readonly cert: Buffer;
  readonly key: Buffer;
}

/** Reads the certificate. Rejects with CONFIG_INVALID naming the key whose file can't be read or used. */
export async function readServerTls({ CertFile, KeyFile }: z.output<typeof serverTls>): Promise<ServerTls> {
  const [cert, key] = [await readPem("CertFile", CertFile), await readPem("KeyFile", KeyFile)];
  try {
    createSecureContext({ cert, key });
  } catch (cause) {
    throw reasonError("CONFIG_INVALID", `Tls: ${CertFile} and ${KeyFile} are no certificate with its key: ${cause}`, {
      cause,
    });
  }
  return { cert, key };
}

async function readPem(name: string, file: string): Promise<Buffer> {
  try {
    return await readFile(file);
  } catch (cause) {
    throw reasonError("CONFIG_INVALID", `Tls.${name} = "${file}" can't be read: ${cause}`, { cause });
  }
}
