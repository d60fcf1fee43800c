import { type DescMessage, fromBinary, type MessageShape, toBinary } from "@bufbuild/protobuf";
import { Client, credentials, Metadata, type ServiceError } from "@grpc/grpc-js";

/** A gRPC client as anybody would write it, without this framework. */
export class PlainClient implements Disposable {
  readonly client: Client;

  constructor(endpoint: string) {
    this.client = new Client(endpoint, credentials.createInsecure(), { "grpc.use_local_subchannel_pool": 1 });
  }

  /** Calls a unary method with bytes; rejects with grpc-js's own error. */
  callRaw(method: string, payload: Uint8Array, headers: Record<string, string> = {}, timeoutMs = 10_000) {
    const metadata = new Metadata();
    for (const [key, value] of Object.entries(headers)) metadata.set(key, value);
    const deadline = Date.now() + timeoutMs;
    return new Promise<Uint8Array>((resolve, reject) => {
      const done = (error: ServiceError | null, answer?: Buffer) =>
        error ? reject(error) : resolve(new Uint8Array(answer ?? []));
      this.client.makeUnaryRequest(
        method,
        Buffer.from,
        (bytes: Buffer) => bytes,
        payload,
        metadata,
        { deadline },
        done,
      );
    });
  }

  /** Calls a unary method with messages. */
  async call<I extends DescMessage, O extends DescMessage>(
    method: string,
    input: I,
    output: O,
    request: MessageShape<I>,
  ): Promise<MessageShape<O>> {
    return fromBinary(output, await this.callRaw(method, toBinary(input, request)));
  }

  [Symbol.dispose](): void {
    this.client.close();
  }
}
