import { RequestError, type Subscription } from "@nats-io/transport-node";
import type { ConnectOptions, Link, LinkState, M3Error, OutboundCall, Timer } from "m3game";
import { type ReasonName, reasonError } from "m3game/internal";
import { errorOf } from "./answer-error.ts";
import { encodeCancel, encodeHello } from "./control.ts";
import type { Exchange } from "./exchange.ts";
import type { Outbox } from "./outbox.ts";
import { type CallOwner, PendingCall } from "./pending-calls.ts";
import { decodePresence, type Presence, PresenceState } from "./presence.ts";
import { RequestHeads } from "./request-heads.ts";
import { ownMetas } from "./request-metas.ts";
import { appSubject, controlSubject, isOwnEndpoint, presenceSubject } from "./subjects.ts";
import { encodeRequest, type TransMessage } from "./trans-message.ts";

const firstRetryMs = 100;
const maxRetryMs = 5000;
const helloTimeoutMs = 2000;
const nothing = new Uint8Array(0);

/**
 * The way to one app. One of this framework is asked whether it is there, and says itself when it comes and goes. Of one
 * of the original it is known only when the server says that nobody took a call.
 */
export class NatsLink implements Link, CallOwner {
  state: LinkState;
  readonly #exchange: Exchange;
  readonly #options: ConnectOptions;
  readonly #onDispose: (link: NatsLink) => void;
  readonly #subject: string;
  readonly #heads: RequestHeads;
  readonly #sender: number;
  /** Both undefined for an app of the original. */
  readonly #presenceSubscription: Subscription | undefined;
  readonly #requests: Outbox | undefined;
  readonly #waiting = new Set<OutboundCall>();
  #inFlight = 0;
  /** It answered something since it was last looked at. */
  #heard = false;
  #asking = false;
  #presence: Presence | undefined;
  #failures = 0;
  #retry: Timer | undefined;
  #problem: M3Error | undefined;
  #disposed = false;

  constructor(exchange: Exchange, options: ConnectOptions, onDispose: (link: NatsLink) => void) {
    this.#exchange = exchange;
    this.#options = options;
    this.#onDispose = onDispose;
    this.#subject = appSubject(options.targetApp);
    const isOwn = isOwnEndpoint(options.endpoint);
    this.#heads = new RequestHeads(options, isOwn);
    exchange.open(options.sourceApp);
    this.#sender = exchange.addSender((first, last) => this.#onUndelivered(first, last));
    if (isOwn) {
      this.#requests = exchange.requestBox(this.#subject, this.#sender);
      this.state = "connecting";
      this.#presenceSubscription = exchange.subscribe(presenceSubject(options.targetApp), ({ data }) => {
        this.#onPresence(decodePresence(data));
      });
      void this.#ask();
    } else {
      this.state = exchange.client.isConnected ? "up" : "down";
    }
  }

  send(call: OutboundCall): void {
    if (this.state === "up") return this.#write(call);
    if (this.state === "down") return call.fail(this.#unreachable());
    if (this.#waiting.size >= this.#exchange.config.MaxInFlight) return call.fail(this.#overloaded());
    this.#waiting.add(call);
  }

  cancel(call: OutboundCall): void {
    if (this.#waiting.delete(call)) return;
    const pending = call.linkState;
    if (!(pending instanceof PendingCall) || pending.owner !== this) return;
    if (this.#exchange.pending.take(pending.serial) === undefined) return;
    this.#inFlight--;
    this.#tellCancelled(pending);
  }

  onAnswer({ call }: PendingCall, answer: TransMessage): void {
    this.#inFlight--;
    this.#heard = true;
    const error = errorOf(answer);
    if (error !== undefined) call.fail(error);
    else if (answer.content.length <= this.#exchange.config.MaxMessageBytes) call.succeed(answer.content);
    else call.fail(this.#tooLarge(`the response of ${call.method}`, answer.content.length, false));
  }

  /** Asks a peer that owes answers and has said nothing since the last time whether it is still there. */
  checkAlive(): void {
    if (this.#inFlight > 0 && !this.#heard) void this.#ask();
    this.#heard = false;
  }

  onServerLost(): void {
    this.#lose(reasonError("NO_CONNECTION", "the NATS server is away"));
  }

  onServerBack(): void {
    this.#failures = 0;
    this.#tryAgain();
  }

  /** Fails what is in flight, and tells the peer; resolves at once. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#disposed) return;
    this.#disposed = true;
    this.#retry?.cancel();
    this.#problem = undefined;
    const open = this.#exchange.pending.takeAll(this);
    for (const pending of open) this.#tellCancelled(pending);
    if (this.#presenceSubscription?.isClosed() === false) this.#presenceSubscription.unsubscribe();
    this.#exchange.removeSender(this.#sender);
    this.#setState("down");
    this.#failBroken(open);
    this.#failWaiting();
    this.#onDispose(this);
  }

  #write(call: OutboundCall): void {
    const { config, clock, client, pending: table, maxMessageBytes } = this.#exchange;
    if (this.#inFlight >= config.MaxInFlight) return call.fail(this.#overloaded());
    const what = `the request of ${call.method}`;
    if (call.payload.length > maxMessageBytes) return call.fail(this.#tooLarge(what, call.payload.length, true));
    const serial = table.nextSerial();
    const bytes = encodeRequest(this.#heads.of(call), serial, ownMetas(call, clock.now()), call.payload);
    if (bytes.length > client.maxPayloadBytes) return call.fail(this.#tooLarge(what, bytes.length, true));
    if (!call.notify) {
      const pending = new PendingCall(serial, call, this);
      call.linkState = pending;
      table.add(pending);
      this.#inFlight++;
    }
    if (this.#requests !== undefined) this.#exchange.post(this.#requests, bytes, serial);
    else this.#exchange.publishRequests(this.#subject, bytes, this.#sender, serial, serial);
    if (call.notify) call.succeed(nothing);
  }

  #onUndelivered(firstSerial: number, lastSerial: number): void {
    const undelivered = this.#exchange.pending.takeAll(this, firstSerial, lastSerial);
    this.#inFlight -= undelivered.length;
    this.#lose(reasonError("NO_CONNECTION", "nobody listens there"));
    for (const { call } of undelivered) call.fail(this.#unreachable());
  }

  async #ask(): Promise<void> {
    // One of the original can't be asked: all that can be found out is whether it takes the next call.
    if (this.#asking || this.#disposed || this.#presenceSubscription === undefined) return;
    this.#asking = true;
    const { client, config } = this.#exchange;
    const { sourceApp, targetApp } = this.#options;
    try {
      const timeout = this.state === "up" ? config.KeepAliveMs : helloTimeoutMs;
      const { data } = await client.connection.request(controlSubject(targetApp), encodeHello(sourceApp), { timeout });
      this.#asking = false;
      this.#onPresence(decodePresence(data));
    } catch (error) {
      this.#asking = false;
      if (!this.#disposed) this.#lose(reasonError("NO_CONNECTION", whyNoAnswer(error)));
    }
  }

  #onPresence(presence: Presence | undefined): void {
    if (presence === undefined || this.#disposed) return;
    const known = this.#presence;
    const isKnown = known?.incarnation === presence.incarnation && known.connection === presence.connection;
    // A former process of this app id may say good-bye when its successor is there already.
    if (known !== undefined && !isKnown && presence.state !== PresenceState.READY) return;
    this.#presence = presence;
    if (!isKnown || presence.state === PresenceState.GONE) this.#failBroken(this.#exchange.pending.takeAll(this));
    switch (presence.state) {
      case PresenceState.READY:
        this.#retry?.cancel();
        this.#failures = 0;
        this.#problem = undefined;
        this.#setState("up");
        this.#flushWaiting();
        break;
      case PresenceState.DRAINING:
        this.#goDown(reasonError("DRAINING", `${this.#options.targetApp} is shutting down`));
        break;
      default:
        this.#presence = undefined;
        this.#goDown(reasonError("NO_CONNECTION", `${this.#options.targetApp} has stopped`));
    }
  }

  /** The peer does not answer any more. */
  #lose(problem: M3Error): void {
    this.#presence = undefined;
    this.#failBroken(this.#exchange.pending.takeAll(this));
    this.#goDown(problem);
  }

  #goDown(problem: M3Error): void {
    this.#problem = problem;
    this.#setState("down");
    this.#failWaiting();
    this.#retry?.cancel();
    if (this.#disposed) return;
    const delay = Math.min(maxRetryMs, firstRetryMs * 2 ** this.#failures++);
    this.#retry = this.#exchange.clock.after(delay * (0.5 + Math.random() / 2), () => this.#tryAgain());
  }

  #tryAgain(): void {
    if (!this.#exchange.client.isConnected) return;
    if (this.#presenceSubscription !== undefined) void this.#ask();
    else this.#setState("up");
  }

  #tellCancelled({ serial, call }: PendingCall): void {
    const { sourceApp, targetApp } = this.#options;
    if (this.#presenceSubscription === undefined || call.notify) return;
    this.#exchange.publish(controlSubject(targetApp), encodeCancel(sourceApp, serial));
  }

  #failBroken(open: readonly PendingCall[]): void {
    this.#inFlight -= open.length;
    for (const { call } of open) {
      const message = `the way to ${this.#options.targetApp} broke before ${call.method} was answered`;
      call.fail(reasonError("UNKNOWN_OUTCOME", message));
    }
  }

  #failWaiting(): void {
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const call of waiting) call.fail(this.#unreachable());
  }

  #flushWaiting(): void {
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const call of waiting) this.send(call);
  }

  #overloaded(): M3Error {
    return reasonError("OVERLOADED", `too many calls to ${this.#options.targetApp} are unanswered`);
  }

  #tooLarge(what: string, bytes: number, notExecuted: boolean): M3Error {
    const advice = `raise MaxMessageBytes of trans_nats and max_payload of the NATS server, or send less`;
    const message = `${what} takes ${bytes} bytes, more than ${this.#exchange.maxMessageBytes}: ${advice}`;
    return reasonError("MESSAGE_TOO_LARGE", message, { notExecuted });
  }

  /** What a call fails with that certainly was not sent. */
  #unreachable(): M3Error {
    const { targetApp, endpoint } = this.#options;
    const reason: ReasonName = this.#problem?.reason === "DRAINING" ? "DRAINING" : "NO_CONNECTION";
    const why = this.#problem?.message ?? "this link is closed";
    return reasonError(reason, `${targetApp} can't be reached at ${endpoint}: ${why}`, { cause: this.#problem });
  }

  #setState(state: LinkState): void {
    if (this.state === state) return;
    this.state = state;
    this.#options.onState(state);
  }
}

function whyNoAnswer(error: unknown): string {
  return error instanceof RequestError && error.isNoResponders() ? "nobody listens there" : "it does not answer";
}
