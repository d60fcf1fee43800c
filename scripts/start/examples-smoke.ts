import { setTimeout } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";
import { describeError, type Output, RemoteServer } from "@m3game/cli";
import { asyncClient } from "@m3game/examples/asyncapp/client";
import { login, type Protocol } from "@m3game/examples/client/login";
import { type Mode, modes } from "@m3game/examples/client/modes";
import { MultiSer } from "@m3game/examples/gen/multi_pb.js";
import type { App, Cluster, ClusterMember } from "m3game";
import {
  type SmokeCall,
  smokeBroadcast,
  smokeCalls,
  smokeRestart,
  smokeShaping,
  smokeTrace,
} from "./examples-calls.ts";
import { SmokeReport } from "./smoke-report.ts";

// Longer than any broadcast takes.
const patienceMs = 5000;

const gateApp = "example.world1.gate.1";

/**
 * Calls every method of every app at its public port, restarts those that keep something, and prints the answers.
 * Resolves with true when all are right.
 */
export async function smokeExamples(
  cluster: Cluster,
  members: readonly ClusterMember[],
  stdout: Output,
): Promise<boolean> {
  const report = new SmokeReport(stdout);
  for (const { id } of members) {
    using server = new RemoteServer(grpcEndpoint(cluster.app(id)));
    const own = smokeCalls[id] ?? [];
    for (const call of own) {
      await report.attempt(`${call.method} ${JSON.stringify(call.request)}`, () => checkedCall(server, call));
    }
    await report.attempt(`every method of ${id} was called`, () => checkAllCalled(server, own));
  }
  for (const { request, ends } of smokeShaping.steps) {
    const { app, method } = smokeShaping;
    await report.attempt(`${method} ${JSON.stringify(request)} until ${ends}`, async () => {
      using server = new RemoteServer(grpcEndpoint(cluster.app(app)));
      return await callUntil(server, { method, request, ends });
    });
  }
  await report.attempt(`proto.MultiSer/TraceHello from ${smokeTrace.app}; a span of each side follows`, () =>
    cluster.app(smokeTrace.app).client(MultiSer).traceHello({ req: smokeTrace.req }),
  );
  const { from, to, msg, call } = smokeBroadcast;
  await report.attempt(`a broadcast from ${from} reaches ${call.method}`, async () => {
    await cluster.app(from).client(asyncClient).transChannel({ msg });
    using server = new RemoteServer(grpcEndpoint(cluster.app(to)));
    return await checkedCall(server, call);
  });
  const { apps } = smokeRestart;
  await report.attempt(`${smokeRestart.call.method} after a restart of ${apps.join(" and ")}`, async () => {
    await restart(cluster, members, apps);
    using server = new RemoteServer(grpcEndpoint(cluster.app(apps[0])));
    return await checkedCall(server, smokeRestart.call);
  });
  for (const protocol of ["ws", "grpc", "legacy"] as const) {
    for (const [name, mode] of Object.entries(modes)) {
      // It watches for twenty seconds; its calls were made above.
      if (name === "World") continue;
      await report.attempt(`mode ${name} over ${protocol}`, () => playMode(cluster.app(gateApp), protocol, mode));
    }
  }
  return report.end();
}

/** Plays a mode of the example client, each protocol with a player of its own. Resolves with the last line it prints. */
async function playMode(gate: App, protocol: Protocol, mode: Mode): Promise<string> {
  const scheme = protocol === "legacy" ? "grpc" : protocol;
  const { endpoint } = gate.endpoints.find((each) => each.scheme === scheme) ?? { endpoint: "" };
  const player = await login(protocol, endpoint, `smoke-${protocol}`);
  let last = "";
  try {
    await mode(player, (line) => {
      last = line;
    });
  } finally {
    player.close();
  }
  return last;
}

function grpcEndpoint({ id, endpoints }: App): string {
  const found = endpoints.find(({ scheme }) => scheme === "http2");
  if (found === undefined)
    throw new Error(`${id.app} has no gRPC port: add [[Plugin.Trans.trans_http2]] to its config`);
  return found.endpoint;
}

/** All are down at a time, so that none can keep in memory what another forgets. */
async function restart(cluster: Cluster, members: readonly ClusterMember[], ids: readonly string[]): Promise<void> {
  for (const id of ids) await cluster.app(id).stop();
  for (const member of members) if (ids.includes(member.id)) await cluster.start(member);
}

async function checkedCall(server: RemoteServer, { method, request, answer, later }: SmokeCall): Promise<unknown> {
  const endAt = performance.now() + (later ? patienceMs : 0);
  for (;;) {
    const found = await server.call(method, request);
    if (isDeepStrictEqual(found, answer)) return found;
    if (performance.now() >= endAt)
      throw new Error(`answered ${JSON.stringify(found)} instead of ${JSON.stringify(answer)}`);
  }
}

interface ShapedCall extends Pick<SmokeCall, "method" | "request"> {
  /** `OK`, or the reason of the error. */
  readonly ends: string;
}

/** Calls again and again, after the waits that refusals ask for, and resolves with what ended as it must. */
async function callUntil(server: RemoteServer, { method, request, ends }: ShapedCall): Promise<unknown> {
  const endAt = performance.now() + patienceMs;
  for (;;) {
    const found = await server.call(method, request).then(
      (answer) => ({ ended: "OK", shown: answer, waitMs: 0 }),
      (error) => ({ ended: error.reason, shown: describeError(error, false), waitMs: error.retryAfterMs ?? 0 }),
    );
    if (found.ended === ends) return found.shown;
    if (performance.now() >= endAt) throw new Error(`ended with ${found.ended} instead of ${ends}`);
    await setTimeout(found.waitMs);
  }
}

async function checkAllCalled(server: RemoteServer, called: readonly SmokeCall[]): Promise<void> {
  for (const name of await server.services()) {
    if (name.startsWith("grpc.")) continue;
    for (const method of (await server.service(name)).methods) {
      const path = `${name}/${method.name}`;
      if (!called.some((call) => call.method === path))
        throw new Error(`scripts/start/examples-calls.ts does not call ${path}`);
    }
  }
}
