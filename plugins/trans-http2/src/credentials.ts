import { readFile } from "node:fs/promises";
import { isIP } from "node:net";
import { checkServerIdentity, createSecureContext } from "node:tls";
import { ChannelCredentials, type ChannelOptions, ServerCredentials } from "@grpc/grpc-js";
import { reasonError } from "m3game/internal";
import type { TlsConfig } from "./config.ts";

/** How both sides of this transport prove who they are. */
export interface Credentials {
  readonly server: ServerCredentials;
  /** For a link to this endpoint. */
  client(endpoint: string): ClientCredentials;
}

export interface ClientCredentials {
  readonly credentials: ChannelCredentials;
  readonly options: ChannelOptions;
}

/** Reads the certificates. Rejects with CONFIG_INVALID naming the key whose file can't be read or used. */
export async function loadCredentials(tls: TlsConfig | undefined): Promise<Credentials> {
  if (tls === undefined) {
    const client = { credentials: ChannelCredentials.createInsecure(), options: {} };
    return { server: ServerCredentials.createInsecure(), client: () => client };
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
    client(endpoint) {
      const host = hostOf(endpoint);
      if (!isIP(host)) return { credentials: ChannelCredentials.createSsl(ca, key, cert), options: {} };
      // grpc-js sends the host as the TLS server name, which must not be an address: Node warns of it on the console.
      return {
        credentials: ChannelCredentials.createSsl(ca, key, cert, {
          checkServerIdentity: (_name, peer) => checkServerIdentity(host, peer),
        }),
        options: { "grpc.ssl_target_name_override": "address.invalid" },
      };
    },
  };
}

function hostOf(endpoint: string): string {
  return endpoint.slice(0, endpoint.lastIndexOf(":")).replace(/^\[|\]$/g, "");
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
