import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { Received } from "@m3game/testing";
import { connect, type NatsConnection } from "@nats-io/transport-node";
import { type TransMsg, TransMsgSchema } from "m3game/gen/m3/transport_pb.js";

type Fields = Parameters<typeof create<typeof TransMsgSchema>>[1];

/** What an app of the original does on NATS: it knows its own subject and the message, and nothing else. */
export class OriginalApp implements AsyncDisposable {
  readonly received = new Received<TransMsg>();
  readonly #connection: NatsConnection;
  readonly #app: string;

  private constructor(connection: NatsConnection, app: string) {
    this.#connection = connection;
    this.#app = app;
  }

  /** Connects and listens as this app. */
  static async start(url: string, app: string): Promise<OriginalApp> {
    const connection = await connect({ servers: url });
    const original = new OriginalApp(connection, app);
    connection.subscribe(`m3app-${app}`, {
      callback: (_refusal, { data }) => original.received.listener(fromBinary(TransMsgSchema, data)),
    });
    await connection.flush();
    return original;
  }

  send(app: string, fields: Fields): void {
    const message = create(TransMsgSchema, { srcApp: this.#app, ...fields });
    this.sendBytes(app, toBinary(TransMsgSchema, message));
  }

  sendBytes(app: string, bytes: Uint8Array): void {
    this.#connection.publish(`m3app-${app}`, bytes);
  }

  /** Answers a request as the original does. */
  answer({ method, serial, srcApp }: TransMsg, fields: Fields): void {
    this.send(srcApp, { method, serial, ack: true, ...fields });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // The server knows of it then: what is sent afterwards, nobody takes.
    if (!this.#connection.isClosed()) await this.#connection.drain();
  }
}
