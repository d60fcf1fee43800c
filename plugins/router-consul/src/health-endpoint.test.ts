import { once } from "node:events";
import { get } from "node:http";
import { afterEach, beforeEach, expect, test } from "vitest";
import { HealthEndpoint } from "./health-endpoint.ts";

let health = { alive: true, ready: true };
let endpoint: HealthEndpoint;
let base: string;

beforeEach(async () => {
  health = { alive: true, ready: true };
  endpoint = await HealthEndpoint.listen({
    host: "127.0.0.1",
    port: 0,
    health: () => health,
    isOurs: (app) => app === "e.w.f.1",
  });
  base = new URL(endpoint.checkUrl("e.w.f", "e.w.f.1")).origin;
});

afterEach(() => endpoint[Symbol.asyncDispose]());

test.each([
  [true, true, 200, 200, 200],
  [true, false, 503, 200, 503],
  [false, true, 503, 503, 200],
  [false, false, 503, 503, 503],
])("alive %s, ready %s: /health %i, /alive %i, /ready %i", async (alive, ready, ...expected) => {
  health = { alive, ready };
  const responses = await Promise.all(["/health", "/alive", "/ready"].map((path) => fetch(`${base}${path}`)));
  expect(responses.map(({ status }) => status)).toEqual(expected);
  for (const response of responses) expect(await response.json()).toEqual({ alive, ready });
});

test("the check's URL is the wire contract's, and answers", async () => {
  const url = new URL(endpoint.checkUrl("e.w.f", "e.w.f.1"));
  expect(`${url.pathname}${url.search}`).toBe("/health?svc=e.w.f&app=e.w.f.1");
  expect((await fetch(url)).status).toBe(200);
});

test("another app, another path: 404", async () => {
  expect((await fetch(endpoint.checkUrl("e.w.f", "e.w.f.2"))).status).toBe(404);
  expect((await fetch(`${base}/metrics`)).status).toBe(404);
});

test("a request for no path at all: 404, and the app goes on", async () => {
  const [answer] = await once(get({ port: new URL(base).port, path: "//" }), "response");
  answer.resume();
  expect(answer.statusCode).toBe(404);
  expect((await fetch(`${base}/health`)).status).toBe(200);
});

test("a port in use is named", async () => {
  const port = Number(new URL(base).port);
  const again = HealthEndpoint.listen({ host: "127.0.0.1", port, health: () => health, isOurs: () => true });
  await expect(again).rejects.toMatchObject({ reason: "PORT_IN_USE" });
  await expect(again).rejects.toThrow(`127.0.0.1:${port} is in use: free it, or change AliveHost and AlivePort`);
});

test("an address of another machine is refused with one line", async () => {
  const foreign = HealthEndpoint.listen({ host: "192.0.2.1", port: 0, health: () => health, isOurs: () => true });
  await expect(foreign).rejects.toMatchObject({ reason: "PLUGIN_FAILED" });
});

test("after disposal nothing listens; disposing twice is fine", async () => {
  await fetch(`${base}/health`);
  await Promise.all([endpoint[Symbol.asyncDispose](), endpoint[Symbol.asyncDispose]()]);
  await endpoint[Symbol.asyncDispose]();
  await expect(fetch(`${base}/health`)).rejects.toThrow();
});
