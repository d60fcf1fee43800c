import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import { createManualClock, Received } from "@m3game/testing";
import { afterEach, beforeEach, expect, test } from "vitest";
import { BlockingQuery } from "./blocking-query.ts";
import { ConsulApi } from "./consul-api.ts";

interface Request {
  readonly query: string;
  readonly response: ServerResponse;
}

/** A Consul whose every answer the test gives by hand. */
let requests: Received<Request>;
let cleanup: AsyncDisposableStack;
let api: ConsulApi;

beforeEach(async () => {
  requests = new Received();
  cleanup = new AsyncDisposableStack();
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? "", "http://localhost");
    expect(pathname).toBe("/v1/health/service/e.w.f");
    requests.listener({ query: searchParams.toString(), response });
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

async function answer(number: number, status: number, index: string, body: unknown = []): Promise<string> {
  await requests.first(number);
  const request = requests.items[number - 1];
  request?.response.writeHead(status, { "content-type": "application/json", "x-consul-index": index });
  request?.response.end(JSON.stringify(body));
  return request?.query ?? "";
}

function setUp() {
  const clock = createManualClock();
  const answers = new Received<boolean>();
  const failures = new Received<Error>();
  const query = cleanup.use(
    new BlockingQuery(
      api,
      { service: "e.w.f", passing: true },
      { onAnswer: (_entries, recovered) => answers.listener(recovered), onFailure: failures.listener },
      clock,
    ),
  );
  return { clock, query, answers, failures };
}

test("the first query answers at once, each later one waits for news after the last index", async () => {
  const { query, answers } = setUp();
  const started = query.start();
  expect(await answer(1, 200, "10")).toBe("passing=true");
  await started;
  expect(answers.items).toEqual([false]);
  expect(await answer(2, 200, "12")).toBe("passing=true&index=10&wait=20000ms");
  expect(await answer(3, 200, "12")).toBe("passing=true&index=12&wait=20000ms");
  expect(await answers.first(3)).toEqual([false, false, false]);
});

test("an index that goes backwards is forgotten, and the answer counts as one after an outage", async () => {
  const { query, answers } = setUp();
  const started = query.start();
  await answer(1, 200, "10");
  await started;
  await answer(2, 200, "3");
  expect(await answer(3, 200, "4")).toBe("passing=true");
  expect(await answer(4, 200, "5")).toBe("passing=true&index=4&wait=20000ms");
  expect(await answers.first(3)).toEqual([false, true, false]);
});

test.each([
  ["an error", 500, "11", []],
  ["an index of 0", 200, "0", []],
  ["no index", 200, "", []],
  ["a body that is no table", 200, "11", { nonsense: true }],
])("%s is tried again after a pause, without the index", async (_name, status, index, body) => {
  const { query, answers, failures, clock } = setUp();
  const started = query.start();
  await answer(1, 200, "10");
  await started;
  await answer(2, status, index, body);
  await failures.first(1);
  expect(requests.items).toHaveLength(2);
  expect(clock.pending).toBe(1);
  clock.advance(200);
  expect(await answer(3, 200, "11")).toBe("passing=true");
  expect(await answers.first(2)).toEqual([false, true]);
});

test("pauses grow up to 5 s", async () => {
  const { query, failures, clock } = setUp();
  const started = query.start();
  await answer(1, 200, "10");
  await started;
  for (let attempt = 1; attempt <= 8; attempt++) {
    await answer(attempt + 1, 500, "10");
    await failures.first(attempt);
    const longest = Math.min(5000, 100 * 2 ** attempt);
    clock.advance(longest / 2 - 1);
    expect(clock.pending).toBe(1);
    clock.advance(longest / 2 + 1);
  }
});

test("a failing first query rejects, and the error does not show the token", async () => {
  const { query, answers, failures } = setUp();
  const started = query.start().catch((error: unknown) => error);
  await requests.first(1);
  expect(requests.last.response.req.headers["x-consul-token"]).toBe("top-secret");
  await answer(1, 403, "1", "Permission denied");
  const error = await started;
  expect(error).toBeInstanceOf(Error);
  expect(String(error)).toContain("Permission denied");
  expect(JSON.stringify(error, Object.getOwnPropertyNames(error))).not.toContain("top-secret");
  expect([...answers.items, ...failures.items]).toEqual([]);
});

test("disposing ends a query that is open, and one that pauses", async () => {
  const { query, answers, failures, clock } = setUp();
  const started = query.start();
  await answer(1, 200, "10");
  await started;
  await requests.first(2);
  const aborted = once(requests.last.response, "close");
  await query[Symbol.asyncDispose]();
  await aborted;
  expect(answers.items).toHaveLength(1);

  const second = setUp();
  const restarted = second.query.start();
  await answer(3, 200, "10");
  await restarted;
  await answer(4, 500, "10");
  await second.failures.first(1);
  await second.query[Symbol.asyncDispose]();
  expect([clock.pending, second.clock.pending]).toEqual([0, 0]);
  expect(failures.items).toEqual([]);
});
