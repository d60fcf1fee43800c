import type { NatsClient } from "@m3game/nats-client";
import { createInbox, type Msg, type Subscription } from "@nats-io/transport-node";
import type { Clock, Logger, M3Error, PluginContext } from "m3game";
import { M3Error as AnyError, Code } from "m3game";
import { encodeError } from "./answer-error.ts";
import type { TransNatsConfig } from "./config.ts";
import { PendingCalls } from "./pending-calls.ts";
import { appSubject, isAppId } from "./subjects.ts";
import { decodeMessage, type TransMessage } from "./trans-message.ts";

/** Status of a message that says: nobody listens to the subject that was published to. */
const noResponders = 503;

/** Takes the requests to one app. */
export type RequestTaker = (message: TransMessage) => void;

/** What all links and listeners of one transport share: the connection, and who gets which message that comes in. */
export class Exchange implements AsyncDisposable {
  readonly client: NatsClient;
  readonly config: TransNatsConfig;
  readonly clock: Clock;
  readonly log: Logger;
  readonly pending = new PendingCalls();
  /** The server tells under this subject, followed by the serial, of a call that nobody was there to take. */
  readonly #undelivered = `${createInbox()}.`;
  readonly #requestTakers = new Map<string, RequestTaker>();
  readonly #subscriptions = new Map<string, Subscription>();

  constructor(client: NatsClient, config: TransNatsConfig, context: PluginContext) {
    this.client = client;
    this.config = config;
    this.clock = context.clock;
    this.log = context.log;
    this.subscribe(`${this.#undelivered}*`, (message) => this.#onUndelivered(message));
  }

  /** The largest payload of a call, in bytes. */
  get maxMessageBytes(): number {
    return Math.min(this.config.MaxMessageBytes, this.client.maxPayloadBytes);
  }

  /** Hears answers to the calls of this app from now on, and requests once there is a taker. */
  open(app: string): void {
    const subject = appSubject(app);
    if (this.#subscriptions.has(subject)) return;
    const subscription = this.subscribe(subject, ({ data }) => this.#onMessage(app, data));
    this.#subscriptions.set(subject, subscription);
  }

  /** Hands requests to this app to `taker` from now on. */
  takeRequests(app: string, taker: RequestTaker): void {
    this.#requestTakers.set(app, taker);
    this.open(app);
  }

  subscribe(subject: string, onMessage: (message: Msg) => void): Subscription {
    return this.client.connection.subscribe(subject, {
      callback: (refusal, message) => {
        try {
          if (refusal === null) onMessage(message);
          // Otherwise the client logs what the server refused.
        } catch (error) {
          this.log.warn("undecodable message on NATS", { subject, error });
        }
      },
    });
  }

  /** Publishes one way. What is published while there is no connection is lost. */
  publish(subject: string, bytes: Uint8Array): void {
    if (this.client.isConnected) this.client.connection.publish(subject, bytes);
  }

  /** Publishes a request; its answer, or that nobody was there, comes in by its serial. */
  publishRequest(subject: string, bytes: Uint8Array, serial: number): void {
    this.client.connection.publish(subject, bytes, { reply: this.#undelivered + serial });
  }

  answerError(app: string, asked: TransMessage, error: M3Error): void {
    if (asked.notify || !isAppId(asked.sourceApp)) return;
    this.publish(appSubject(asked.sourceApp), encodeError(asked, app, error, this.client.maxPayloadBytes));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.client[Symbol.asyncDispose]();
  }

  #onMessage(app: string, data: Uint8Array): void {
    const message = decodeMessage(data);
    if (message.ack) {
      const pending = this.pending.take(message.serial);
      pending?.owner.onAnswer(pending, message);
      return;
    }
    const taker = this.#requestTakers.get(app);
    if (taker !== undefined) taker(message);
    else this.answerError(app, message, new AnyError(Code.UNAVAILABLE, `${app} takes no calls`, { notExecuted: true }));
  }

  #onUndelivered(message: Msg): void {
    if (message.headers?.code !== noResponders) return;
    const pending = this.pending.take(Number(message.subject.slice(this.#undelivered.length)));
    pending?.owner.onUndelivered(pending);
  }
}
