import { isDeepStrictEqual } from "node:util";
import { describeError, type Output, RemoteServer } from "@m3game/cli";
import { asyncClient } from "@m3game/examples/asyncapp/client";
import type { App, Cluster } from "m3game";

interface SmokeCall {
  readonly method: string;
  readonly request: Readonly<Record<string, string | Readonly<Record<string, string>>>>;
  readonly answer: object;
}

const greetings = (service: string, methods: Readonly<Record<string, string>>): readonly SmokeCall[] =>
  Object.entries(methods).map(([name, greeting]) => ({
    method: `${service}/${name}`,
    request: { req: "you" },
    answer: { rsp: `${greeting} , you` },
  }));

const posted = { name: "June", content: "Good Morning" };
const heard = { name: "Mike", content: "Good Evening" };

/** What is called at each app's gRPC port, in this order. */
const calls: Readonly<Record<string, readonly SmokeCall[]>> = {
  "example.world1.simple.1": greetings("proto.SimpleSer", { HelloWorld: "HelloWorld" }),
  "example.world1.multi.1": greetings("proto.MultiSer", {
    Hello: "Hello",
    TraceHello: "TraceHello",
    BreakHello: "BreakHello",
  }),
  "example.world1.async.1": [
    { method: "proto.AsyncSer/TransChannel", request: { msg: posted }, answer: { pass: "" } },
    { method: "proto.AsyncSer/SSPullChannel", request: {}, answer: { msgs: [posted] } },
  ],
};

const pullChannel = "proto.AsyncSer/SSPullChannel";

// Longer than any broadcast takes.
const patienceMs = 5000;

/** Calls every method of every app at its public port and prints the answers. Resolves with true when all are right. */
export async function runSmoke(cluster: Cluster, stdout: Output): Promise<boolean> {
  const results: boolean[] = [];
  const attempt = async (what: string, work: () => Promise<unknown>) => {
    try {
      const found = await work();
      stdout.write(`ok      ${what}${found === undefined ? "" : ` -> ${JSON.stringify(found)}`}\n`);
      results.push(true);
    } catch (error) {
      stdout.write(`failed  ${what}: ${describeError(error, false)}\n`);
      results.push(false);
    }
  };
  for (const app of cluster.apps) {
    using server = new RemoteServer(grpcEndpoint(app));
    const own = calls[app.id.app] ?? [];
    for (const call of own) {
      await attempt(`${call.method} ${JSON.stringify(call.request)}`, () => checkedCall(server, call));
    }
    await attempt(`every method of ${app.id.app} was called`, () => checkAllCalled(server, own));
  }
  const sender = cluster.app("example.world1.multi.1");
  await attempt(`a broadcast from ${sender.id.app} reaches ${pullChannel}`, async () => {
    await sender.client(asyncClient).transChannel({ msg: heard });
    using server = new RemoteServer(grpcEndpoint(cluster.app("example.world1.async.1")));
    return await heardAt(server);
  });
  stdout.write(results.every(Boolean) ? "All is well.\n" : "Something is wrong: see above.\n");
  return results.every(Boolean);
}

function grpcEndpoint({ id, endpoints }: App): string {
  const found = endpoints.find(({ scheme }) => scheme === "http2");
  if (found === undefined)
    throw new Error(`${id.app} has no gRPC port: add [[Plugin.Trans.trans_http2]] to its config`);
  return found.endpoint;
}

async function checkedCall(server: RemoteServer, { method, request, answer }: SmokeCall): Promise<unknown> {
  const found = await server.call(method, request);
  if (isDeepStrictEqual(found, answer)) return found;
  throw new Error(`answered ${JSON.stringify(found)} instead of ${JSON.stringify(answer)}`);
}

async function checkAllCalled(server: RemoteServer, called: readonly SmokeCall[]): Promise<void> {
  for (const name of await server.services()) {
    if (name.startsWith("grpc.")) continue;
    for (const method of (await server.service(name)).methods) {
      const path = `${name}/${method.name}`;
      if (!called.some((call) => call.method === path)) throw new Error(`scripts/start/smoke.ts does not call ${path}`);
    }
  }
}

/** A broadcast is on its way when its sender goes on: asks until it has arrived. */
async function heardAt(server: RemoteServer): Promise<unknown> {
  const endAt = performance.now() + patienceMs;
  for (;;) {
    const found = await server.call(pullChannel, {});
    if (isDeepStrictEqual(found, { msgs: [posted, heard] })) return found;
    if (performance.now() > endAt) throw new Error(`answered ${JSON.stringify(found)} for ${patienceMs} ms`);
  }
}
