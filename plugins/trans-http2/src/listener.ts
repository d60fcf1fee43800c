import { Server, type ServerCredentials, type ServerUnaryCall, type sendUnaryData } from "@grpc/grpc-js";
import { type BoundPort, bindPort, hostPort } from "@m3game/net-listen";
import type { Clock, Listener, TransHost } from "m3game";
import { reasonError } from "m3game/internal";
import { Health } from "../gen/grpc/health/v1/health_pb.js";
import { ServerReflection } from "../gen/grpc/reflection/v1/reflection_pb.js";
import { toBuffer, toBytes } from "./bytes.ts";
import { listenerOptions, maxTimerMs } from "./channel-options.ts";
import type { Http2Config } from "./config.ts";
import { DescriptorIndex } from "./descriptor-index.ts";
import { checkHeaders } from "./header-check.ts";
import { HealthService } from "./health.ts";
import { dispatchInbound, type InboundOptions } from "./inbound-call.ts";
import { addReflection } from "./reflection.ts";
import { guardStreams } from "./stream-guard.ts";

const closeLimitMs = 1000;

/** Serves an app's services as standard gRPC. Rejects with PORT_IN_USE, or PLUGIN_FAILED when it can't listen. */
export async function listenHttp2(
  host: TransHost,
  config: Http2Config,
  credentials: ServerCredentials,
  clock: Clock,
): Promise<Listener> {
  const server = new Server(listenerOptions(config));
  const unanswered = new Set<object>();
  const options: InboundOptions = { maxMessageBytes: config.MaxMessageBytes, now: () => clock.now() };
  const hosted = addServices(server, host, options, unanswered);
  const health = new HealthService(host, clock);
  const index = new DescriptorIndex([...host.services, Health, ServerReflection]);
  const alwaysOpen = new Set([...health.addTo(server), ...addReflection(server, index)]);
  let draining = false;

  // grpc-js would print that a port is in use, and hide the error code: the port is ours and it gets the connections.
  const connections = server.createConnectionInjector(credentials);
  guardStreams(server, (path, pairs) => {
    if (!hosted.has(path) && !alwaysOpen.has(path)) {
      return reasonError("UNKNOWN_METHOD", `${host.app} does not host ${path}`);
    }
    if (draining && hosted.has(path)) return reasonError("DRAINING", `${host.app} is shutting down`);
    return checkHeaders(pairs);
  });
  const bound = await bindPort(config.Host, config.Port, (socket) => connections.injectConnection(socket));

  return {
    endpoint: hostPort(config.AdvertiseHost ?? config.Host, bound.port),
    drain() {
      if (draining) return;
      draining = true;
      health.drain();
      // Its connections end with the calls that run, or when it is disposed.
      connections.drain(maxTimerMs);
    },
    async [Symbol.asyncDispose]() {
      health[Symbol.dispose]();
      // Answers that were just given still leave; what is not answered by now never will be.
      if (unanswered.size === 0) await closeInOrder(server, bound, clock);
      server.forceShutdown();
      await bound[Symbol.asyncDispose]();
    },
  };
}

/** Resolves when all connections have ended, or a client keeps one open for too long. */
async function closeInOrder(server: Server, bound: BoundPort, clock: Clock): Promise<void> {
  const { promise: late, resolve } = Promise.withResolvers<void>();
  const timer = clock.after(closeLimitMs, resolve);
  // Of connections that drain already it says that they have ended at once: what counts are the sockets.
  server.tryShutdown(() => {});
  await Promise.race([bound.unused(), late]);
  timer.cancel();
}

/** Registers every method of the app's services, those that only apps call too. Returns their full names. */
function addServices(
  server: Server,
  host: TransHost,
  options: InboundOptions,
  unanswered: Set<object>,
): ReadonlySet<string> {
  const paths = [...host.services, ...host.controls].flatMap((service) =>
    service.methods.map((method) => `/${service.typeName}/${method.name}`),
  );
  const handle = (call: ServerUnaryCall<Uint8Array, Uint8Array>, answer: sendUnaryData<Uint8Array>) => {
    unanswered.add(call);
    call.on("cancelled", () => unanswered.delete(call));
    const answerOnce: sendUnaryData<Uint8Array> = (...result) => {
      unanswered.delete(call);
      answer(...result);
    };
    dispatchInbound(host, call, answerOnce, options);
  };
  for (const path of paths) server.register(path, handle, toBuffer, toBytes, "unary");
  return new Set(paths);
}
