import { type ClientHttp2Session, connect, type IncomingHttpHeaders, type OutgoingHttpHeaders } from "node:http2";

/** An HTTP/2 connection for requests that no gRPC client would send. */
export class RawHttp2 implements Disposable {
  readonly #session: ClientHttp2Session;

  constructor(endpoint: string) {
    this.#session = connect(`http://${endpoint}`);
    // What breaks shows in the requests.
    this.#session.on("error", () => {});
  }

  /** Sends a gRPC request with an empty message; resolves with the answer's headers and trailers. */
  request(headers: OutgoingHttpHeaders): Promise<IncomingHttpHeaders> {
    return new Promise((resolve, reject) => {
      const stream = this.#session.request({
        ":method": "POST",
        ":path": "/m3test.EchoSer/Echo",
        "content-type": "application/grpc",
        te: "trailers",
        ...headers,
      });
      let answer: IncomingHttpHeaders = {};
      const collect = (part: IncomingHttpHeaders) => {
        answer = { ...answer, ...part };
      };
      stream.on("response", collect);
      stream.on("trailers", collect);
      stream.on("error", reject);
      stream.on("close", () => resolve(answer));
      stream.resume();
      stream.end(Buffer.alloc(5));
    });
  }

  [Symbol.dispose](): void {
    this.#session.destroy();
  }
}
