import { Client, type ClientDuplexStream, credentials, type StatusObject } from "@grpc/grpc-js";
import type { Transport } from "@m3game/client";

export type GateStream = ClientDuplexStream<Uint8Array, Uint8Array>;

/** Opens a stream to a gate, at `host:port`. */
export function openStream(endpoint: string): { readonly stream: GateStream; close(): void } {
  const client = new Client(endpoint, credentials.createInsecure(), { "grpc.use_local_subchannel_pool": 1 });
  const stream = client.makeBidiStreamRequest(
    "/proto.GGateSer/CSTransport",
    (message: Uint8Array) => Buffer.from(message),
    (message: Buffer): Uint8Array => message,
  );
  // How it ends is told by its status.
  stream.on("error", () => {});
  const close = () => {
    stream.end();
    client.close();
  };
  return { stream, close };
}

/** Carries the messages of @m3game/client over gRPC, `grpc://host:port`: in Node only. */
export const grpcTransport: Transport = (url, events) => {
  const { stream, close } = openStream(new URL(url).host);
  let isOver = false;
  stream.on("data", (message: Uint8Array) => isOver || events.onMessage(message));
  stream.on("status", ({ code, details }: StatusObject) => {
    if (isOver) return;
    isOver = true;
    events.onClose(code, details);
  });
  // A stream takes messages at once.
  queueMicrotask(() => events.onOpen());
  return {
    send: (message) => void stream.write(message),
    close() {
      isOver = true;
      close();
    },
  };
};
