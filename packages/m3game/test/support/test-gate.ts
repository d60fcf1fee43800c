import { create, fromBinary, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import { Received } from "@m3game/testing";
import { z } from "zod";
import { type CSMsg, CSMsgSchema } from "../../gen/m3/gate_pb.js";
import { definePlugin, type GateConnection, type GateHost, type GateReceiver } from "../../src/index.ts";
import { type Word, WordSchema } from "./game-service.ts";

/** A gate in memory, `gate_test`, for clients in the test itself. */
export class TestGate {
  host: GateHost | undefined;

  readonly plugin = definePlugin({
    kind: "gate",
    name: "gate_test",
    config: z.strictObject({}),
    create: () => ({
      scheme: "test",
      listen: async (host) => {
        this.host = host;
        return { endpoint: "memory:0", drain() {}, async [Symbol.asyncDispose]() {} };
      },
      async [Symbol.asyncDispose]() {},
    }),
  });

  connect(): TestClient {
    if (this.host === undefined) throw new Error("the gate does not listen");
    return new TestClient(this.host);
  }
}

/** A client that speaks the gate's protocol by hand. */
export class TestClient implements GateConnection {
  readonly remote = "test";
  backlogBytes = 0;
  /** What came. */
  readonly received = new Received<CSMsg>();
  readonly closed: Promise<{ code: number; reason: string }>;
  readonly #receiver: GateReceiver;
  readonly #close = Promise.withResolvers<{ code: number; reason: string }>();
  #sequence = 0;
  isClosed = false;

  constructor(host: GateHost) {
    this.closed = this.#close.promise;
    this.#receiver = host.accept(this);
  }

  send(message: Uint8Array): void {
    if (!this.isClosed) this.received.listener(fromBinary(CSMsgSchema, new Uint8Array(message)));
  }

  close(code: number, reason: string): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.#close.resolve({ code, reason });
    this.#receiver.onClose();
  }

  /** The connection breaks: the client is not heard of any more. */
  break(): void {
    this.isClosed = true;
    this.#receiver.onClose();
  }

  write(fields: MessageInitShape<typeof CSMsgSchema>): void {
    this.writeBytes(toBinary(CSMsgSchema, create(CSMsgSchema, fields)));
  }

  writeBytes(bytes: Uint8Array): void {
    this.#receiver.onMessage(bytes);
  }

  /** Logs in as this player and resolves with the answer. */
  login(player: string, resumeToken: Uint8Array = new Uint8Array(0), ack = 0): Promise<CSMsg> {
    this.write({ content: new TextEncoder().encode(player), hello: { version: 1, resumeToken }, ack });
    return this.received.until((last) => last.welcome !== undefined || last.code !== 0);
  }

  /** The same as a client of the original. */
  legacyLogin(player: string): Promise<CSMsg> {
    const { length } = this.received.items;
    this.write({ content: new TextEncoder().encode(player), metas: [{ key: "m3clientserial", value: "1" }] });
    return this.received.until((_last, all) => all.length > length);
  }

  /** Sends a call and returns its sequence. */
  call(name: string, text: string, fields: MessageInitShape<typeof CSMsgSchema> = {}): number {
    const sequence = fields.sequence ?? ++this.#sequence;
    const content = toBinary(WordSchema, create(WordSchema, { text }));
    this.write({ method: `/m3test.GameSer/${name}`, content, ...fields, sequence });
    return sequence;
  }

  async answer(sequence: number): Promise<CSMsg> {
    await this.received.until((_last, all) => all.some((message) => message.sequence === sequence));
    const found = this.received.items.find((message) => message.sequence === sequence);
    if (found === undefined) throw new Error("unreachable");
    return found;
  }

  /** Sends a call and resolves with the text of its answer, or the reason why it failed. */
  async ask(name: string, text: string, fields: MessageInitShape<typeof CSMsgSchema> = {}): Promise<string> {
    const answer = await this.answer(this.call(name, text, fields));
    return answer.code === 0 ? wordOf(answer) : (answer.details?.reason ?? "");
  }

  /** The pushes that came, by number and text. */
  get pushes(): readonly (readonly [number, string])[] {
    return this.received.items
      .filter(({ pushType }) => pushType !== "")
      .map((message) => [message.pushNumber, wordOf(message)] as const);
  }

  async untilPushes(count: number): Promise<readonly (readonly [number, string])[]> {
    await this.received.until(() => this.pushes.length >= count);
    return this.pushes;
  }

  /** Resolves with why the gate ended it. */
  async goodbye(): Promise<{ reason: string; resumable: boolean }> {
    const { goodbye, details } = await this.received.until((last) => last.goodbye !== undefined);
    return { reason: details?.reason ?? "", resumable: goodbye?.resumable ?? false };
  }
}

export function wordOf({ content }: { readonly content: Uint8Array }): string {
  const word: Word = fromBinary(WordSchema, content);
  return word.text;
}
