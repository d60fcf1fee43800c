import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import { text } from "node:stream/consumers";
import { afterEach, beforeEach, expect, test } from "vitest";
import { ConsulApi } from "./consul-api.ts";

let cleanup: AsyncDisposableStack;
let api: ConsulApi;
let answer: { status: number; body: string };
let received: { method: string | undefined; url: string | undefined; token: unknown; body: string }[];

beforeEach(async () => {
  cleanup = new AsyncDisposableStack();
  received = [];
  answer = { status: 200, body: "{}" };
  const server = createServer(async (request: IncomingMessage, response) => {
    const { method, url, headers } = request;
    received.push({ method, url, token: headers["x-consul-token"], body: await text(request) });
    response.writeHead(answer.status, { "content-type": "application/json" }).end(answer.body);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (typeof address !== "object" || address === null) throw new Error("no address");
  api = new ConsulApi({ host: "127.0.0.1", port: address.port, secure: false }, "top-secret");
  cleanup.defer(() => {
    api.destroy();
    server.close();
    server.closeAllConnections();
  });
});

afterEach(() => cleanup.disposeAsync());

const instance = { app: "e.w.f.1", service: "e.w.f", host: "127.0.0.1", port: 20051, meta: { m3appver: "17" } };

test("an instance is registered as the wire contract says", async () => {
  await api.register(
    { ...instance, meta: { ...instance.meta, "m3ep.tcp": "127.0.0.1:1" } },
    "incarnation",
    "http://127.0.0.1:2/health?svc=e.w.f&app=e.w.f.1",
  );
  expect(received).toHaveLength(1);
  expect(received[0]).toMatchObject({ method: "PUT", url: "/v1/agent/service/register", token: "top-secret" });
  expect(JSON.parse(received[0]?.body ?? "")).toEqual({
    Name: "e.w.f",
    ID: "e.w.f.1",
    Address: "127.0.0.1",
    Port: 20051,
    Meta: { m3appver: "17", "m3ep-tcp": "127.0.0.1:1", m3inc: "incarnation" },
    Check: {
      Name: "health of e.w.f.1",
      HTTP: "http://127.0.0.1:2/health?svc=e.w.f&app=e.w.f.1",
      Interval: "4s",
      Timeout: "8s",
      DeregisterCriticalServiceAfter: "1m",
      Status: "passing",
    },
  });
});

test("the incarnation of an app is the agent's, empty for an entry of another program", async () => {
  expect(await api.registeredIncarnation("e.w.f.1")).toBeUndefined();
  answer.body = '{"e.w.f.1":{"Meta":{"m3inc":"abc"}},"e.w.f.2":{"Meta":null}}';
  expect(await api.registeredIncarnation("e.w.f.1")).toBe("abc");
  expect(await api.registeredIncarnation("e.w.f.2")).toBe("");
  const url = new URL(received.at(-1)?.url ?? "", "http://localhost");
  expect(url.searchParams.get("filter")).toBe('ID == "e.w.f.2"');
});

test("a Consul without a leader is not ready", async () => {
  answer.body = '""';
  await expect(api.checkReady()).rejects.toThrow("no cluster leader");
});

test("an error says what Consul says, and holds nothing of the request", async () => {
  answer = { status: 400, body: JSON.stringify("x".repeat(1000)) };
  const error = await api.register(instance, "incarnation", "http://127.0.0.1:2/").catch((reason: unknown) => reason);
  if (!(error instanceof Error)) throw new Error("no error");
  expect(error.message).toMatch(/bad request \(x{300}\)$/);
  expect(Object.keys(error)).toEqual([]);
  expect(error.cause).toBeUndefined();
});
