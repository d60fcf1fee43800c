import { once } from "node:events";
import { createServer, type IncomingHttpHeaders, type ServerResponse } from "node:http";
import { text } from "node:stream/consumers";
import { type DeliveredSpan, Received } from "@m3game/testing";
import { onTestFinished } from "vitest";
import { z } from "zod";

const attributeValue = z.union([
  z.object({ stringValue: z.string() }).transform(({ stringValue }) => stringValue),
  z.object({ boolValue: z.boolean() }).transform(({ boolValue }) => boolValue),
  z.object({ intValue: z.coerce.number() }).transform(({ intValue }) => intValue),
  z.object({ doubleValue: z.number() }).transform(({ doubleValue }) => doubleValue),
]);
const attributes = z
  .array(z.object({ key: z.string(), value: attributeValue }))
  .transform((list) => Object.fromEntries(list.map(({ key, value }) => [key, value])));

/** `ExportTraceServiceRequest` as JSON. */
const exportRequest = z.object({
  resourceSpans: z.array(
    z.object({
      resource: z.object({ attributes }),
      scopeSpans: z.array(
        z.object({
          scope: z.object({ name: z.string() }),
          spans: z.array(
            z.object({
              traceId: z.string().regex(/^[0-9a-f]{32}$/),
              spanId: z.string().regex(/^[0-9a-f]{16}$/),
              parentSpanId: z.string().default(""),
              name: z.string(),
              kind: z.int().min(1).max(5),
              startTimeUnixNano: z.string(),
              endTimeUnixNano: z.string(),
              attributes: attributes.default({}),
              links: z.array(z.object({ traceId: z.string(), spanId: z.string() })).default([]),
              status: z.object({ code: z.int().default(0), message: z.string().optional() }).default({ code: 0 }),
            }),
          ),
        }),
      ),
    }),
  ),
});

const kinds = ["internal", "internal", "server", "client", "producer", "consumer"] as const;

export interface ReceivedSpan extends DeliveredSpan {
  readonly resource: Readonly<Record<string, unknown>>;
}

export type Behaviour = (response: ServerResponse) => void;

const accept: Behaviour = (response) => {
  response.writeHead(200, { "content-type": "application/json" }).end("{}");
};

/** Takes spans over OTLP/HTTP, and decodes them. */
export class OtlpReceiver implements AsyncDisposable {
  readonly url: string;
  readonly spans = new Received<ReceivedSpan>();
  readonly requests = new Received<{ readonly url: string; readonly headers: IncomingHttpHeaders }>();
  /** How it answers, after it has decoded a request. */
  behaviour: Behaviour = accept;
  readonly #server: ReturnType<typeof createServer>;

  /** Listens on this port, 0 for any free one, until the test ends. */
  static async listen(port = 0): Promise<OtlpReceiver> {
    const server = createServer();
    server.listen(port, "127.0.0.1");
    await once(server, "listening");
    const receiver = new OtlpReceiver(server);
    return receiver;
  }

  /** The same, until the test ends. */
  static async forTest(): Promise<OtlpReceiver> {
    const receiver = await OtlpReceiver.listen();
    onTestFinished(() => receiver[Symbol.asyncDispose]());
    return receiver;
  }

  private constructor(server: ReturnType<typeof createServer>) {
    this.#server = server;
    const address = server.address();
    this.url = `http://127.0.0.1:${typeof address === "object" ? address?.port : 0}`;
    server.on("request", async (request, response) => {
      const body = await text(request).catch(() => undefined);
      if (body === undefined) return;
      for (const span of decode(JSON.parse(body))) this.spans.listener(span);
      this.requests.listener({ url: request.url ?? "", headers: request.headers });
      this.behaviour(response);
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#server.listening) return;
    const closed = once(this.#server, "close");
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }
}

function decode(body: unknown): readonly ReceivedSpan[] {
  return exportRequest.parse(body).resourceSpans.flatMap(({ resource, scopeSpans }) =>
    scopeSpans.flatMap(({ spans }) =>
      spans.map(({ traceId, spanId, parentSpanId, name, kind, links, status, ...span }) => ({
        ...{ traceId, spanId, parentSpanId, name, attributes: span.attributes },
        kind: kinds[kind] ?? "internal",
        links: links.map((link) => `${link.traceId}-${link.spanId}`),
        isError: status.code === 2,
        resource: resource.attributes,
      })),
    ),
  );
}
