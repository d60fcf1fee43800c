import { Client, type ClientDuplexStream, credentials, type ServiceError, status } from "@grpc/grpc-js";
import type { GateClient } from "@m3game/testing";

export type GateStream = ClientDuplexStream<Uint8Array, Uint8Array>;

/** A stream to a gate, with a connection of its own. */
export function openStream(
  endpoint: string,
  channel = credentials.createInsecure(),
): { client: Client; stream: GateStream } {
  const client = new Client(endpoint, channel, { "grpc.use_local_subchannel_pool": 1, "grpc.enable_channelz": 0 });
  const stream = client.makeBidiStreamRequest(
    "/proto.GGateSer/CSTransport",
    (bytes: Uint8Array) => Buffer.from(bytes),
    (bytes: Buffer): Uint8Array => bytes,
  );
  return { client, stream };
}

/** The same as a conformance run wants it. */
export async function connectClient(endpoint: string): Promise<GateClient> {
  const { client, stream } = openStream(endpoint);
  const result: GateClient = {
    write: (message) => void stream.write(message),
    onMessage: () => {},
    onEnd: () => {},
    end: () => stream.end(),
    break: () => {
      stream.cancel();
      client.close();
    },
    pause: () => stream.pause(),
    resume: () => stream.resume(),
  };
  stream.on("data", (message: Uint8Array) => result.onMessage(message));
  stream.on("error", () => {});
  stream.on("status", ({ code, details }: ServiceError) => {
    client.close();
    result.onEnd({ code: code === status.CANCELLED ? undefined : code, reason: code === status.OK ? "" : details });
  });
  return result;
}
