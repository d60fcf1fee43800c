import { readFile } from "node:fs/promises";
import { type ConnectionOptions, createSecureContext, type TlsOptions } from "node:tls";
import { reasonError } from "m3game/internal";
import type { TlsConfig } from "./config.ts";

/** What both sides of a TLS connection need. */
export interface TlsFiles {
  readonly server: TlsOptions;
  readonly client: ConnectionOptions;
}

/** Reads certificate, key and authorities. Rejects with CONFIG_INVALID, naming the file where one can't be read. */
export async function readTls(config: TlsConfig): Promise<TlsFiles> {
  const cert = await readPem("CertFile", config.CertFile);
  const key = await readPem("KeyFile", config.KeyFile);
  const ca = config.CaFile === undefined ? {} : { ca: await readPem("CaFile", config.CaFile) };
  try {
    createSecureContext({ cert, key, ...ca });
  } catch (cause) {
    const files = `Tls.CertFile = "${config.CertFile}" and Tls.KeyFile = "${config.KeyFile}"`;
    throw reasonError("CONFIG_INVALID", `trans_tcp: ${files} are no certificate with its key: ${cause}`, { cause });
  }
  return {
    // A caller without a good certificate is let in to be told why it is refused: Node would just hang up.
    server: { cert, key, ...ca, requestCert: config.RequireClientCert, rejectUnauthorized: false },
    client: { cert, key, ...ca },
  };
}

async function readPem(key: string, file: string): Promise<Buffer> {
  try {
    return await readFile(file);
  } catch (cause) {
    throw reasonError("CONFIG_INVALID", `trans_tcp: Tls.${key} = "${file}" can't be read: ${cause}`, { cause });
  }
}
