import {
  create,
  type DescMessage,
  type DescService,
  fromBinary,
  type MessageInitShape,
  type MessageShape,
  toBinary,
} from "@bufbuild/protobuf";
import type { CallOptions, ServiceClient } from "@m3game/client";
import { type CSMsg, CSMsgSchema } from "m3game/gen/m3/gate_pb.js";
import { AuthReqSchema, AuthRspSchema } from "../gen/gate_pb.js";
import { type GateStream, openStream } from "./grpc-transport.ts";
import type { Player } from "./player.ts";

/** By which a client of the original finds the call of an answer. */
const serialKey = "m3clientserial";

type Answer = PromiseWithResolvers<Uint8Array>;

/** A player as clients of the original are: fields 1 to 3 of CSMsg over gRPC, no acknowledgement, silent while nothing is to do. */
export class LegacyPlayer implements Player {
  id = "";
  readonly #stream: GateStream;
  readonly #close: () => void;
  readonly #answers = new Map<string, Answer>();
  readonly #pushes: ((content: Uint8Array) => void)[] = [];
  #serial = 0;

  private constructor(endpoint: string) {
    const { stream, close } = openStream(endpoint);
    this.#stream = stream;
    this.#close = close;
    stream.on("data", (message: Uint8Array) => this.#receive(fromBinary(CSMsgSchema, message)));
    stream.on("status", ({ code, details }) => {
      for (const answer of this.#answers.values())
        answer.reject(new Error(`the stream ended with ${code}: ${details}`));
    });
  }

  static async login(endpoint: string, token: string): Promise<LegacyPlayer> {
    const player = new LegacyPlayer(endpoint);
    const content = await player.#call("", toBinary(AuthReqSchema, create(AuthReqSchema, { token })));
    player.id = fromBinary(AuthRspSchema, content).playerId;
    return player;
  }

  service<S extends DescService>(service: S): ServiceClient<S> {
    const client: Record<string, unknown> = {};
    for (const { name, localName, input, output } of service.methods) {
      client[localName] = async (request: MessageInitShape<DescMessage>, options?: CallOptions) => {
        const content = toBinary(input, create(input, request));
        const response = await this.#call(`/${service.typeName}/${name}`, content, options?.metas);
        return fromBinary(output, response);
      };
    }
    // It was made from the descriptor of S, one method for each of its RPCs.
    return client as ServiceClient<S>;
  }

  /** A push does not say what it is: whoever listens takes the next ones. */
  on<D extends DescMessage>(schema: D, handler: (message: MessageShape<D>) => void): () => void {
    const run = (content: Uint8Array) => handler(fromBinary(schema, content));
    this.#pushes.push(run);
    return () => void this.#pushes.splice(this.#pushes.indexOf(run), 1);
  }

  close(): void {
    this.#close();
  }

  #call(method: string, content: Uint8Array, metas: Readonly<Record<string, string>> = {}): Promise<Uint8Array> {
    const serial = String(++this.#serial);
    const answer: Answer = Promise.withResolvers();
    this.#answers.set(serial, answer);
    const pairs = Object.entries({ ...metas, [serialKey]: serial }).map(([key, value]) => ({ key, value }));
    this.#stream.write(toBinary(CSMsgSchema, create(CSMsgSchema, { method, content, metas: pairs })));
    return answer.promise.finally(() => this.#answers.delete(serial));
  }

  #receive({ metas, content }: CSMsg): void {
    const serial = metas.find(({ key }) => key === serialKey)?.value;
    if (serial !== undefined) return this.#answers.get(serial)?.resolve(content);
    for (const push of [...this.#pushes]) push(content);
  }
}
