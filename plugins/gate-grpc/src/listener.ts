import type { ServerHttp2Stream } from "node:http2";
import { type ChannelOptions, Server, type ServerCredentials } from "@grpc/grpc-js";
import { bindPort, hostPort } from "@m3game/net-listen";
import { type GateHost, type GateListener, type GateReceiver, M3Error } from "m3game";
import type { GrpcConfig } from "./config.ts";
import { currentStream } from "./current-stream.ts";
import { type ClientStream, GrpcConnection } from "./grpc-connection.ts";

const path = "/proto.GGateSer/CSTransport";

/** Listens for gRPC streams. Rejects with PORT_IN_USE, or PLUGIN_FAILED when it can't listen. */
export async function listenGrpc(
  host: GateHost,
  config: GrpcConfig,
  credentials: ServerCredentials,
): Promise<GateListener> {
  const server = new Server(serverOptions(config));
  // grpc-js would print that a port is in use, and hide the error code: the port is ours and it gets the connections.
  const connections = server.createConnectionInjector(credentials);
  const current = currentStream(server);
  server.register(path, (stream: ClientStream) => accept(host, stream, current()), toBuffer, toBytes, "bidi");
  const bound = await bindPort(config.Host, config.Port, (socket) => {
    socket.on("error", () => socket.destroy());
    connections.injectConnection(socket);
  });
  return {
    endpoint: hostPort(config.Host, bound.port),
    drain: () => bound.stop(),
    async [Symbol.asyncDispose]() {
      server.forceShutdown();
      await bound[Symbol.asyncDispose]();
    },
  };
}

function accept(host: GateHost, stream: ClientStream, http2Stream: ServerHttp2Stream | undefined): void {
  const connection = new GrpcConnection(stream, http2Stream);
  let receiver: GateReceiver;
  try {
    receiver = host.accept(connection);
  } catch (error) {
    const { code, message } = M3Error.from(error);
    return connection.close(code, message);
  }
  connection.receive(receiver);
}

function serverOptions(config: GrpcConfig): ChannelOptions {
  return {
    "grpc.enable_channelz": 0,
    "grpc.max_receive_message_length": config.MaxFrameBytes,
    "grpc.max_send_message_length": -1,
    "grpc.keepalive_time_ms": config.KeepAliveMs,
    "grpc.keepalive_timeout_ms": Math.ceil(config.KeepAliveMs / 2),
    "grpc.keepalive_permit_without_calls": 1,
    // A connection without a stream is no client yet, and counts nowhere.
    "grpc.max_connection_idle_ms": 3 * config.KeepAliveMs,
  };
}

function toBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function toBytes(bytes: Buffer): Uint8Array {
  return bytes;
}
