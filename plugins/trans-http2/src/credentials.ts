import { readFile } from "node:fs/promises";
import { createSecureContext } from "node:tls";
import { ChannelCredentials, ServerCredentials } from "@grpc/grpc-js";
import { reasonError } from "m3game/internal";
import type { TlsConfig } from "./config.ts";

/** How both sides of this transport prove who they are. */
export interface Credentials {
  readonly server: ServerCredentials;
  readonly client: ChannelCredentials;
}

/** Reads the certificates. Rejects with CONFIG_INVALID naming the key whose file can't be read or used. */
export async function loadCredentials(tls: TlsConfig | undefined): Promise<Credentials> {
  if (tls === undefined) {
    return { server: ServerCredentials.createInsecure(), client: ChannelCredentials.createInsecure() };
  }
  const cert = await readPem("CertFile", tls.CertFile);
  const key = await readPem("KeyFile", tls.KeyFile);
  const ca = tls.CaFile === undefined ? null : await readPem("CaFile", tls.CaFile);
  try {
    createSecureContext({ cert, key, ...(ca && { ca }) });
  } catch (cause) {
    throw reasonError("CONFIG_INVALID", `Tls: the files can't be used together: ${messageOf(cause)}`, { cause });
  }
  return {
    server: ServerCredentials.createSsl(ca, [{ cert_chain: cert, private_key: key }], tls.RequireClientCert),
    client: ChannelCredentials.createSsl(ca, key, cert),
  };
}

async function readPem(key: string, file: string): Promise<Buffer> {
  try {
    return await readFile(file);
  } catch (cause) {
    throw reasonError("CONFIG_INVALID", `Tls.${key} can't be read: ${messageOf(cause)}`, { cause });
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
