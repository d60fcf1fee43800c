import { readFile } from "node:fs/promises";
import { isIP, type Server, type Socket } from "node:net";
import {
  type ConnectionOptions,
  connect,
  createSecureContext,
  createServer,
  TLSSocket,
  type TlsOptions,
} from "node:tls";
import { reasonError } from "m3game/internal";
import type { TlsConfig } from "./config.ts";

const handshakeTimeoutMs = 5000;

interface TlsFiles {
  readonly cert: Buffer;
  readonly key: Buffer;
  readonly ca?: Buffer;
}

/** TLS between peers. Loaded only where the config has it: `node:tls` takes 3 MiB. */
export class PeerTls {
  readonly #server: TlsOptions;
  readonly #client: ConnectionOptions;

  constructor(files: TlsFiles, requestCert: boolean) {
    // A caller without a good certificate is let in to be told why it is refused: Node would just hang up.
    this.#server = { ...files, requestCert, rejectUnauthorized: false };
    this.#client = files;
  }

  /** Its errors come as the socket's `error` event. */
  connect(address: { readonly host: string; readonly port: number; readonly noDelay: boolean }): Socket {
    return connect({ ...address, ...this.#client, ...(isIP(address.host) === 0 && { servername: address.host }) });
  }

  createServer(accept: (socket: Socket) => void): Server {
    return createServer({ ...this.#server, noDelay: true, handshakeTimeout: handshakeTimeoutMs }, accept);
  }

  /** Why the certificate of the socket's caller is refused; undefined: it is good, or none is asked for. */
  refusal(socket: Socket): string | undefined {
    if (!this.#server.requestCert || !(socket instanceof TLSSocket) || socket.authorized) return undefined;
    return String(socket.authorizationError);
  }
}

/** Reads certificate, key and authorities. Rejects with CONFIG_INVALID, naming the file where one can't be read. */
export async function readTls(config: TlsConfig): Promise<PeerTls> {
  const cert = await readPem("CertFile", config.CertFile);
  const key = await readPem("KeyFile", config.KeyFile);
  const ca = config.CaFile === undefined ? {} : { ca: await readPem("CaFile", config.CaFile) };
  const files: TlsFiles = { cert, key, ...ca };
  try {
    createSecureContext(files);
  } catch (cause) {
    const named = `Tls.CertFile = "${config.CertFile}" and Tls.KeyFile = "${config.KeyFile}"`;
    throw reasonError("CONFIG_INVALID", `trans_tcp: ${named} are no certificate with its key: ${cause}`, { cause });
  }
  return new PeerTls(files, config.RequireClientCert);
}

async function readPem(key: string, file: string): Promise<Buffer> {
  try {
    return await readFile(file);
  } catch (cause) {
    throw reasonError("CONFIG_INVALID", `trans_tcp: Tls.${key} = "${file}" can't be read: ${cause}`, { cause });
  }
}
