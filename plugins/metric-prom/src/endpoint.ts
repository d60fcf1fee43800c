import { once } from "node:events";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import { reasonError } from "m3game/internal";

/** What a path answers with; rejects when it can't. `host` is how the client calls this machine. */
export type Page = (host: string) => Promise<{ readonly type: string; readonly body: string }>;

export interface EndpointOptions {
  readonly host: string;
  /** 0 for any free one. */
  readonly port: number;
  /** By their paths. */
  readonly pages: Readonly<Record<string, Page>>;
}

/** Serves a few pages to GET. */
export class Endpoint implements AsyncDisposable {
  readonly port: number;
  readonly #server: Server;
  #disposal: Promise<void> | undefined;

  /** Rejects with PORT_IN_USE, or PLUGIN_FAILED for an address it can't have. */
  static async listen({ host, port, pages }: EndpointOptions): Promise<Endpoint> {
    // Importing it would load all that it exports, and with that Node's WebSocket: 4 MiB.
    const { createServer } = process.getBuiltinModule("node:http");
    const server = createServer((request, response) => void answer(pages, request, response));
    const listening = once(server, "listening");
    server.listen({ host, port });
    try {
      await listening;
    } catch (error) {
      throw listenError(error, `${host}:${port}`);
    }
    const address = server.address();
    return new Endpoint(server, typeof address === "object" ? (address?.port ?? 0) : 0);
  }

  private constructor(server: Server, port: number) {
    this.#server = server;
    this.port = port;
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#disposal ??= this.#close();
    return this.#disposal;
  }

  async #close(): Promise<void> {
    const closed = once(this.#server, "close");
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }
}

async function answer(
  pages: EndpointOptions["pages"],
  { url = "/", method, headers }: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const [path = ""] = url.split("?");
  const page = Object.hasOwn(pages, path) ? pages[path] : undefined;
  if (page === undefined) return end(response, 404, `there are ${Object.keys(pages).join(", ")}\n`);
  if (method !== "GET" && method !== "HEAD") return end(response, 405, "GET, please\n");
  try {
    const { type, body } = await page(URL.parse(`http://${headers.host}`)?.hostname ?? "");
    end(response, 200, body, type);
  } catch (error) {
    end(response, 503, `${error instanceof Error ? error.message : error}\n`);
  }
}

function end(response: ServerResponse, status: number, body: string, type = "text/plain; charset=utf-8"): void {
  response.writeHead(status, { "content-type": type });
  response.end(body);
}

function listenError(error: unknown, address: string): Error {
  const where = "Host and Port in [[Plugin.Metric.metric_prom]]";
  if (error instanceof Error && "code" in error && error.code === "EADDRINUSE") {
    return reasonError("PORT_IN_USE", `${address} is in use: free it, or change ${where} (port 0 takes any free one)`);
  }
  const why = error instanceof Error ? error.message : String(error);
  return reasonError("PLUGIN_FAILED", `can't serve metrics at ${address} (${why}): check ${where}`);
}
