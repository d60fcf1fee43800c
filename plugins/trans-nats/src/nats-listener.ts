import { RequestError, type Subscription } from "@nats-io/transport-node";
import { type Listener, M3Error, type TransHost } from "m3game";
import { reasonError } from "m3game/internal";
import { decodeControl, encodeHello } from "./control.ts";
import type { Exchange } from "./exchange.ts";
import { type Answerer, NatsInboundCall } from "./nats-inbound-call.ts";
import { OpenCalls } from "./open-calls.ts";
import { decodePresence, encodePresence, newIncarnation, type Presence, PresenceState } from "./presence.ts";
import { controlSubject, formatEndpoint, isAppId, presenceSubject } from "./subjects.ts";
import { encodeAnswer, type TransMessage } from "./trans-message.ts";

/** How long another process of the same app id is waited for, in milliseconds. */
const probeTimeoutMs = 1000;

/** Takes the calls to one app. */
export class NatsListener implements Listener, Answerer {
  readonly endpoint: string;
  readonly #exchange: Exchange;
  readonly #host: TransHost;
  readonly #onClose: (listener: NatsListener) => void;
  readonly #calls = new OpenCalls();
  readonly #subscriptions: readonly Subscription[];
  readonly #incarnation = newIncarnation();
  #connection = 1;
  #state: PresenceState = PresenceState.READY;

  private constructor(exchange: Exchange, host: TransHost, onClose: (listener: NatsListener) => void) {
    this.#exchange = exchange;
    this.#host = host;
    this.#onClose = onClose;
    this.endpoint = endpointOf(exchange, host);
    exchange.takeRequests(host.app, (message) => this.#onRequest(message));
    this.#subscriptions = [
      exchange.subscribe(controlSubject(host.app), ({ data, reply }) => this.#onControl(data, reply)),
      exchange.subscribe(presenceSubject(host.app), ({ data }) => this.#onPresence(decodePresence(data))),
    ];
  }

  /** Rejects with PORT_IN_USE when another process takes calls as the same app, PLUGIN_FAILED without a server. */
  static async open(
    exchange: Exchange,
    host: TransHost,
    onClose: (listener: NatsListener) => void,
  ): Promise<NatsListener> {
    await refuseSecond(exchange, host);
    const listener = new NatsListener(exchange, host, onClose);
    try {
      // The server answers in order: once it has, it has taken the subscriptions too.
      await exchange.client.connection.flush();
    } catch (cause) {
      await listener[Symbol.asyncDispose]();
      throw reasonError("PLUGIN_FAILED", "trans_nats lost the NATS server as it began to listen", { cause });
    }
    listener.#announce();
    return listener;
  }

  drain(): void {
    if (this.#state !== PresenceState.READY) return;
    this.#state = PresenceState.DRAINING;
    this.#announce();
  }

  respond(call: NatsInboundCall, payload: Uint8Array): void {
    if (!this.#calls.remove(call)) return;
    const { client, config } = this.#exchange;
    const { message } = call;
    const bytes = encodeAnswer(message, this.#host.app, payload);
    if (payload.length <= config.MaxMessageBytes && bytes.length <= client.maxPayloadBytes) {
      return this.#exchange.answer(message, bytes);
    }
    const limit = this.#exchange.maxMessageBytes;
    const text = `the response of ${call.method} takes ${bytes.length} bytes, more than ${limit}: raise MaxMessageBytes of trans_nats and max_payload of the NATS server, or send less`;
    this.#answerError(message, reasonError("MESSAGE_TOO_LARGE", text, { notExecuted: false }));
  }

  fail(call: NatsInboundCall, error: M3Error): void {
    if (this.#calls.remove(call)) this.#answerError(call.message, error);
  }

  onServerLost(): void {
    this.#cancelAll();
  }

  onServerBack(): void {
    // Callers must not wait for answers that were lost.
    this.#connection++;
    this.#announce();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#state === PresenceState.GONE) return;
    this.#state = PresenceState.GONE;
    this.#announce();
    this.#end();
  }

  #end(): void {
    for (const subscription of this.#subscriptions) if (!subscription.isClosed()) subscription.unsubscribe();
    this.#cancelAll();
    this.#onClose(this);
  }

  #onRequest(message: TransMessage): void {
    // Its successor may be there already, on the same subject.
    if (this.#state === PresenceState.GONE) return;
    const refusal = this.#refusal(message);
    if (refusal !== undefined) return this.#answerError(message, refusal);
    let call: NatsInboundCall;
    try {
      call = new NatsInboundCall(message, this, this.#exchange.clock.now());
    } catch (error) {
      return this.#answerError(message, M3Error.from(error));
    }
    if (!call.notify) this.#calls.add(call);
    this.#host.dispatch(call);
  }

  #refusal({ method, content, sourceApp, notify }: TransMessage): M3Error | undefined {
    const { MaxInFlight, MaxMessageBytes } = this.#exchange.config;
    if (!notify && !isAppId(sourceApp)) return reasonError("PROTOCOL", `${JSON.stringify(sourceApp)} is no app id`);
    if (this.#state === PresenceState.DRAINING) return reasonError("DRAINING", `${this.#host.app} is shutting down`);
    if (this.#calls.size >= MaxInFlight) {
      return reasonError("OVERLOADED", `${MaxInFlight} calls to ${this.#host.app} are unanswered`);
    }
    if (content.length <= MaxMessageBytes) return undefined;
    const text = `the request of ${method} takes ${content.length} bytes, more than ${MaxMessageBytes}`;
    return reasonError("MESSAGE_TOO_LARGE", `${text}: raise MaxMessageBytes of its trans_nats or send less`);
  }

  #answerError(message: TransMessage, error: M3Error): void {
    if (message.notify || !isAppId(message.sourceApp)) {
      this.#exchange.log.warn("a call over NATS was refused", { method: message.method, error });
    }
    this.#exchange.answerError(this.#host.app, message, error);
  }

  #onControl(data: Uint8Array, reply: string | undefined): void {
    const control = decodeControl(data);
    if (control?.kind.case === "hello" && reply) return this.#exchange.publish(reply, encodePresence(this.#presence));
    if (control?.kind.case !== "cancel") return;
    const call = this.#calls.find(control.srcApp, Number(control.kind.value));
    if (call !== undefined && this.#calls.remove(call)) call.onCancel?.();
  }

  /** Of two processes with one app id the later one goes on: calls that both took would run twice. */
  #onPresence(presence: Presence | undefined): void {
    if (presence === undefined || presence.incarnation === this.#incarnation) return;
    if (presence.state === PresenceState.GONE || this.#state === PresenceState.GONE) return;
    // The other one learns of this one only so, when it did not listen yet as this one came.
    if (presence.incarnation < this.#incarnation) return this.#announce();
    const { log } = this.#exchange;
    log.error("another process has the same app id: this one takes no calls over NATS any more", {
      app: this.#host.app,
    });
    this.#state = PresenceState.GONE;
    this.#end();
  }

  get #presence(): Presence {
    return { incarnation: this.#incarnation, connection: this.#connection, state: this.#state };
  }

  #announce(): void {
    this.#exchange.publish(presenceSubject(this.#host.app), encodePresence(this.#presence));
  }

  #cancelAll(): void {
    for (const call of this.#calls.clear()) call.onCancel?.();
  }
}

function endpointOf({ client }: Exchange, { app }: TransHost): string {
  return formatEndpoint(client.connection.getServer(), app);
}

/** Rejects with PORT_IN_USE when another process answers as this app. */
async function refuseSecond(exchange: Exchange, host: TransHost): Promise<void> {
  const { client, log } = exchange;
  try {
    await client.connection.request(controlSubject(host.app), encodeHello(host.app), { timeout: probeTimeoutMs });
  } catch (error) {
    if (error instanceof RequestError && error.isNoResponders()) return;
    log.warn("another process listens as this app but does not answer: it is taken for dead", { app: host.app });
    return;
  }
  throw reasonError(
    "PORT_IN_USE",
    `trans_nats: ${endpointOf(exchange, host)} is in use: another process runs as ${host.app}; stop it, or give this one an id of its own`,
  );
}
