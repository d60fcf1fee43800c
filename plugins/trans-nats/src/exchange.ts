import type { NatsClient } from "@m3game/nats-client";
import { createInbox, type Msg, type Subscription } from "@nats-io/transport-node";
import type { Clock, Logger, M3Error, PluginContext } from "m3game";
import { reasonError } from "m3game/internal";
import { encodeError } from "./answer-error.ts";
import type { TransNatsConfig } from "./config.ts";
import { Outbox } from "./outbox.ts";
import { PendingCalls } from "./pending-calls.ts";
import { appSubject, isAppId } from "./subjects.ts";
import { decodeMessage, type TransMessage } from "./trans-message.ts";

/** Status of a message that says: nobody listens to the subject that was published to. */
const noResponders = 503;

/** Several messages in one get no larger than this: what is lost with it, or waits behind it, stays small. */
const maxBatchBytes = 64 * 1024;

/** Takes the requests to one app. */
export type RequestTaker = (message: TransMessage) => void;

/** Is told that nobody took its requests with these serials. */
export type UndeliveredTaker = (firstSerial: number, lastSerial: number) => void;

/** What all links and listeners of one transport share: the connection, and who gets which message that comes in. */
export class Exchange implements AsyncDisposable {
  readonly client: NatsClient;
  readonly config: TransNatsConfig;
  readonly clock: Clock;
  readonly log: Logger;
  readonly pending = new PendingCalls();
  /** The server tells here of requests that nobody was there to take: prefix, sender, first serial, last serial. */
  readonly #undelivered = createInbox();
  readonly #undeliveredTakers = new Map<number, UndeliveredTaker>();
  #lastSender = 0;
  readonly #requestTakers = new Map<string, RequestTaker>();
  readonly #subscriptions = new Map<string, Subscription>();
  /** Those that hold something. */
  readonly #outboxes = new Set<Outbox>();
  /** Of answers, by the app that gets them. */
  readonly #answers = new Map<string, Outbox>();

  constructor(client: NatsClient, config: TransNatsConfig, context: PluginContext) {
    this.client = client;
    this.config = config;
    this.clock = context.clock;
    this.log = context.log;
    this.subscribe(`${this.#undelivered}.>`, (message) => this.#onUndelivered(message));
  }

  /** The largest payload of a call, in bytes. */
  get maxMessageBytes(): number {
    return Math.min(this.config.MaxMessageBytes, this.client.maxPayloadBytes);
  }

  /** Hears answers to the calls of this app from now on, and requests once there is a taker. */
  open(app: string): void {
    const subject = appSubject(app);
    if (this.#subscriptions.has(subject)) return;
    const onMessage = (message: TransMessage) => this.#onMessage(app, message);
    const subscription = this.subscribe(subject, ({ data }) => {
      const message = decodeMessage(data);
      if (message.batch === undefined) onMessage(message);
      else message.batch.forEach(onMessage);
    });
    this.#subscriptions.set(subject, subscription);
  }

  /** Hands requests to this app to `taker` from now on. */
  takeRequests(app: string, taker: RequestTaker): void {
    this.#requestTakers.set(app, taker);
    this.open(app);
  }

  /** A number for who sends requests, to be given up with `removeSender`. */
  addSender(taker: UndeliveredTaker): number {
    this.#lastSender++;
    this.#undeliveredTakers.set(this.#lastSender, taker);
    return this.#lastSender;
  }

  removeSender(sender: number): void {
    this.#undeliveredTakers.delete(sender);
  }

  subscribe(subject: string, onMessage: (message: Msg) => void): Subscription {
    return this.client.connection.subscribe(subject, {
      callback: (refusal, message) => {
        try {
          // A refusal of the server is logged by the client.
          if (refusal === null) onMessage(message);
        } catch (error) {
          this.log.warn("undecodable message on NATS", { subject, error });
        }
      },
    });
  }

  /** Publishes one way, after all that was sent before. What is published while there is no connection is lost. */
  publish(subject: string, bytes: Uint8Array): void {
    this.flush();
    if (this.client.isConnected) this.client.connection.publish(subject, bytes);
  }

  /** Publishes requests; answers come in by their serials, and that nobody was there to `sender`. */
  publishRequests(subject: string, bytes: Uint8Array, sender: number, first: number, last: number): void {
    if (!this.client.isConnected) return;
    this.client.connection.publish(subject, bytes, { reply: `${this.#undelivered}.${sender}.${first}.${last}` });
  }

  /** A box for requests to an app that takes several in one message. */
  requestBox(subject: string, sender: number): Outbox {
    return new Outbox(this.#maxBatchBytes, (bytes, first, last) => {
      this.publishRequests(subject, bytes, sender, first, last);
    });
  }

  /** Puts a message into the box, which is emptied at the end of this turn of the event loop. */
  post(box: Outbox, bytes: Uint8Array, serial: number): void {
    // After the microtasks of this turn: calls and answers that they bring about leave together.
    if (this.#outboxes.size === 0) process.nextTick(() => this.flush());
    this.#outboxes.add(box);
    box.add(bytes, serial);
  }

  /** Sends what waits for the end of this turn. */
  flush(): void {
    for (const box of this.#outboxes) box.flush();
    this.#outboxes.clear();
    this.#answers.clear();
  }

  /** Sends the answer to a request whose caller is an app. */
  answer({ sourceApp, takesBatch }: TransMessage, bytes: Uint8Array): void {
    const subject = appSubject(sourceApp);
    const { connection, isConnected } = this.client;
    if (!isConnected) return;
    if (!takesBatch) return connection.publish(subject, bytes);
    let box = this.#answers.get(sourceApp);
    if (box === undefined) {
      box = new Outbox(this.#maxBatchBytes, (batch) => connection.publish(subject, batch));
      this.#answers.set(sourceApp, box);
    }
    this.post(box, bytes, 0);
  }

  answerError(app: string, asked: TransMessage, error: M3Error): void {
    if (asked.notify || !isAppId(asked.sourceApp)) return;
    this.answer(asked, encodeError(asked, app, error, this.client.maxPayloadBytes));
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.flush();
    return this.client[Symbol.asyncDispose]();
  }

  get #maxBatchBytes(): number {
    return Math.min(maxBatchBytes, this.client.maxPayloadBytes);
  }

  #onMessage(app: string, message: TransMessage): void {
    if (message.ack) {
      const pending = this.pending.take(message.serial);
      pending?.owner.onAnswer(pending, message);
      return;
    }
    const taker = this.#requestTakers.get(app);
    if (taker !== undefined) taker(message);
    else this.answerError(app, message, reasonError("NO_CONNECTION", `${app} takes no calls`));
  }

  #onUndelivered({ headers, subject }: Msg): void {
    if (headers?.code !== noResponders) return;
    const [sender = 0, first = 0, last = 0] = subject
      .slice(this.#undelivered.length + 1)
      .split(".")
      .map(Number);
    this.#undeliveredTakers.get(sender)?.(first, last);
  }
}
