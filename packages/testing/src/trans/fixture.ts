import type { Listener, PluginContext, Trans } from "m3game";
import { createPluginContext } from "../plugin-context.ts";
import { findFreePort } from "../services/free-ports.ts";
import { echo, RecordingHost } from "./recording-host.ts";
import { TestLink } from "./test-link.ts";

/** Adds a test of this name to the suite. */
export type AddTest = (title: string, body: () => Promise<void>) => void;

/** What a transport under test is to be made with. */
export interface TransLimits {
  /** Where it is to listen; 0: any free port. */
  readonly port: number;
  /** The largest message, in bytes. */
  readonly maxMessageBytes: number;
}

export type CreateTrans = (context: PluginContext, limits: TransLimits) => Trans | Promise<Trans>;

const defaultLimits: TransLimits = { port: 0, maxMessageBytes: 4 * 1024 * 1024 };

/** An app that listens. */
export interface Server extends AsyncDisposable {
  readonly host: RecordingHost;
  readonly listener: Listener;
}

/** Makes transports, listeners and links, and disposes what a test left open. */
export class TransFixture implements AsyncDisposable {
  readonly #create: CreateTrans;
  readonly #cleanup = new AsyncDisposableStack();

  constructor(create: CreateTrans) {
    this.#create = create;
  }

  async trans(limits: Partial<TransLimits> = {}): Promise<Trans> {
    const context = createPluginContext("test.world1.echo.1");
    return this.#cleanup.use(await this.#create(context, { ...defaultLimits, ...limits }));
  }

  /** A server whose calls stay open until the test answers them. */
  async server(limits: Partial<TransLimits> = {}, app = "test.world1.echo.1"): Promise<Server> {
    const trans = await this.trans(limits);
    const host = new RecordingHost(app);
    const listener = await trans.listen(host);
    return { host, listener, [Symbol.asyncDispose]: () => trans[Symbol.asyncDispose]() };
  }

  /** A server that answers every call with its payload. */
  async echoServer(limits: Partial<TransLimits> = {}): Promise<Server> {
    const server = await this.server(limits);
    server.host.answer = echo;
    return server;
  }

  /** A link from a transport of its own; it need not be up yet. */
  async link({ host, listener }: Server, limits: Partial<TransLimits> = {}): Promise<TestLink> {
    return new TestLink(await this.trans(limits), host.app, listener.endpoint);
  }

  /** An endpoint that nobody listens at any more. */
  async closedEndpoint(): Promise<string> {
    const port = await findFreePort();
    const server = await this.server({ port });
    await server[Symbol.asyncDispose]();
    return server.listener.endpoint;
  }

  [Symbol.asyncDispose](): PromiseLike<void> {
    return this.#cleanup.disposeAsync();
  }
}

/** The port of a `host:port` endpoint. */
export function portOf(endpoint: string): number {
  return Number(endpoint.slice(endpoint.lastIndexOf(":") + 1));
}
