import { readdir, readFile } from "node:fs/promises";
import { createServer, type ServerResponse } from "node:http";
import { extname, join } from "node:path";
import { bindPort, hostPort } from "@m3game/net-listen";

export interface PageOptions {
  /** What Vite has built. */
  readonly folder: string;
  /** 0 for any free one. */
  readonly port: number;
  /** @default "127.0.0.1": browsers of this machine alone */
  readonly host?: string;
  /** Where the gates are, `ws://…`: asked for each page. */
  readonly gates: () => readonly string[];
}

/** The page, as it is served. Disposing ends that. */
export interface ServedPage extends AsyncDisposable {
  /** `http://127.0.0.1:32400` */
  readonly origin: string;
}

interface File {
  readonly type: string;
  readonly body: Buffer;
}

const types: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".css": "text/css",
  ".svg": "image/svg+xml",
};

const headers = {
  "cache-control": "no-cache",
  // The page has nothing that it does not bring along; it talks to gates alone.
  "content-security-policy": "default-src 'self'; img-src 'self' data:; connect-src 'self' ws: wss:",
  "x-content-type-options": "nosniff",
};

/**
 * Serves the page. Rejects with PORT_IN_USE, or when the folder can't be read. All files are read at the start: nothing
 * else can be asked for.
 */
export async function servePage({ folder, port, host = "127.0.0.1", gates }: PageOptions): Promise<ServedPage> {
  const files = await readFiles(folder);
  const server = createServer(({ url = "/" }, response) => {
    const [pathname = "/"] = url.split("?");
    if (pathname === "/gates.json") {
      return send(response, 200, { type: "application/json", body: Buffer.from(JSON.stringify(gates())) });
    }
    const file = files.get(pathname === "/" ? "/index.html" : pathname);
    send(
      response,
      file === undefined ? 404 : 200,
      file ?? { type: "text/plain", body: Buffer.from("There is no such page.\n") },
    );
  });
  const bound = await bindPort(host, port, (socket) => void server.emit("connection", socket));
  return { origin: `http://${hostPort(host, bound.port)}`, [Symbol.asyncDispose]: () => bound[Symbol.asyncDispose]() };
}

async function readFiles(folder: string): Promise<ReadonlyMap<string, File>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name));
  return new Map(
    await Promise.all(
      files.map(async (file): Promise<[string, File]> => {
        const type = types[extname(file)] ?? "application/octet-stream";
        return [file.slice(folder.length).replaceAll("\\", "/"), { type, body: await readFile(file) }];
      }),
    ),
  );
}

function send(response: ServerResponse, status: number, { type, body }: File): void {
  response.writeHead(status, { ...headers, "content-type": type, "content-length": body.length }).end(body);
}
