import { once } from "node:events";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { Health } from "m3game";
import { reasonError } from "m3game/internal";

export interface HealthEndpointOptions {
  readonly host: string;
  /** 0 for any free one. */
  readonly port: number;
  health(): Health;
  /** True for an app that is registered through this endpoint. */
  isOurs(app: string): boolean;
}

/**
 * Answers health checks over HTTP with 200 or 503 and `{"alive":…,"ready":…}`: `/alive`, `/ready`, and `/health`, which
 * is both. `/health?app=…` for an app that is not here is 404, so that the entry of an app that crashed does not pass
 * for healthy once its port belongs to another.
 */
export class HealthEndpoint implements AsyncDisposable {
  readonly #server: Server;
  readonly #host: string;
  #disposal: Promise<void> | undefined;

  /** Rejects with PORT_IN_USE, or PLUGIN_FAILED when it can't listen at all. */
  static async listen(options: HealthEndpointOptions): Promise<HealthEndpoint> {
    // Importing it would load all that it exports, and with that Node's WebSocket: 4 MiB.
    const { createServer } = process.getBuiltinModule("node:http");
    const server = createServer((request, response) => answer(options, request, response));
    const listening = once(server, "listening");
    server.listen({ host: options.host, port: options.port });
    try {
      await listening;
    } catch (error) {
      throw listenError(error, `${options.host}:${options.port}`);
    }
    return new HealthEndpoint(server, options.host);
  }

  private constructor(server: Server, host: string) {
    this.#server = server;
    this.#host = host;
  }

  /** Where Consul asks for the health of one app. */
  checkUrl(service: string, app: string): string {
    const address = this.#server.address();
    const port = typeof address === "object" ? (address?.port ?? 0) : 0;
    const host = this.#host.includes(":") ? `[${this.#host}]` : this.#host;
    return `http://${host}:${port}/health?${new URLSearchParams({ svc: service, app })}`;
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

function answer(options: HealthEndpointOptions, request: IncomingMessage, response: ServerResponse): void {
  // Whoever reaches the port may ask for anything, also for what is no URL.
  const url = URL.parse(request.url ?? "/", "http://localhost");
  const { alive, ready } = options.health();
  const results = new Map([
    ["/health", alive && ready],
    ["/alive", alive],
    ["/ready", ready],
  ]);
  const good = results.get(url?.pathname ?? "");
  const app = url?.searchParams.get("app") ?? null;
  const known = good !== undefined && (app === null || options.isOurs(app));
  response.writeHead(known ? (good ? 200 : 503) : 404, { "content-type": "application/json" });
  response.end(known ? JSON.stringify({ alive, ready }) : "{}");
}

function listenError(error: unknown, address: string): Error {
  const code = error instanceof Error && "code" in error ? error.code : "";
  const where = "AliveHost and AlivePort in [[Plugin.Router.router_consul]]";
  if (code === "EADDRINUSE") {
    return reasonError("PORT_IN_USE", `${address} is in use: free it, or change ${where} (port 0 takes any free one)`);
  }
  const why = error instanceof Error ? error.message : String(error);
  return reasonError("PLUGIN_FAILED", `can't serve health checks at ${address} (${why}): check ${where}`);
}
