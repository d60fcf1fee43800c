import {
  create,
  type DescMessage,
  type DescMethodUnary,
  type DescService,
  fromBinary,
  type MessageInitShape,
  type MessageShape,
  toBinary,
} from "@bufbuild/protobuf";
import { type CSMsg, CSMsgSchema, type Welcome } from "../gen/m3/gate_pb.js";
import { backoffMs } from "./backoff.ts";
import { decodeAnswer, encodeCall } from "./call-frames.ts";
import { type CallOptions, Calls, type OutgoingCall } from "./calls.ts";
import type { ClientOptions } from "./client-options.ts";
import type { ClientState } from "./client-state.ts";
import { Code, errorOf, GateError } from "./gate-error.ts";
import { Pushes } from "./pushes.ts";
import type { TransportConnection } from "./transport.ts";

/** A service as a game client sees it: a method for each RPC. */
export type ServiceClient<S extends DescService> = {
  readonly [K in keyof S["method"]]: S["method"][K] extends DescMethodUnary<infer I, infer O>
    ? (request: MessageInitShape<I>, options?: CallOptions) => Promise<MessageShape<O>>
    : never;
};

const version = 1;
const ackDelayMs = 500;
const ackCount = 32;
/** A client that hears of its gate twice in this part of the idle time does not lose it unnoticed. */
const pingsPerIdleTime = 3;
const defaultIdleMs = 60_000;
/** Why there is no point in connecting again: another login, or what a gate would say again. */
const finalReasons = new Set(["SESSION_REPLACED", "SESSION_KICKED", "PROTOCOL"]);
const finalCodes = new Set([3, 5, 7, 9, 12, Code.UNAUTHENTICATED]);

/** A player's session with a gate, over as many connections as it takes. */
export class GameClient {
  readonly #url: string;
  readonly #options: ClientOptions;
  readonly #calls: Calls;
  readonly #pushes: Pushes;
  readonly #stateHandlers = new Set<(state: ClientState) => void>();
  #state: ClientState = { state: "connecting" };
  #connection: TransportConnection | undefined;
  #resumeToken = new Uint8Array(0);
  #authResponse = new Uint8Array(0);
  #attempts = 0;
  #unacknowledged = 0;
  #idleMs = defaultIdleMs;
  #heardAt = 0;
  #retryTimer: ReturnType<typeof setTimeout> | undefined;
  #ackTimer: ReturnType<typeof setTimeout> | undefined;
  #pingTimer: ReturnType<typeof setInterval> | undefined;

  constructor(url: string, options: ClientOptions) {
    this.#url = url;
    this.#options = options;
    this.#calls = new Calls(options.maxQueuedCalls, (call) => this.#writeCall(call));
    this.#pushes = new Pushes(options.onHandlerError);
    void this.#connect();
  }

  /** How it is connected now; `onState` tells of changes. */
  get state(): ClientState {
    return this.#state;
  }

  /** What the gate answered to the last login, decoded. */
  authResponse<D extends DescMessage>(schema: D): MessageShape<D> {
    return fromBinary(schema, this.#authResponse);
  }

  /** Calls the RPCs of a service. Calls wait while there is no connection, each until its time is over. */
  service<S extends DescService>(service: S): ServiceClient<S> {
    const client: Record<string, unknown> = {};
    for (const method of service.methods) {
      const name = `/${service.typeName}/${method.name}`;
      const called = { name, nameBytes: new TextEncoder().encode(name) };
      client[method.localName] = async (request: MessageInitShape<DescMessage>, options: CallOptions = {}) => {
        const content = toBinary(method.input, create(method.input, request));
        const { timeoutMs = this.#options.timeoutMs } = options;
        return fromBinary(method.output, await this.#calls.call(called, content, options, timeoutMs));
      };
    }
    // It was made from the descriptor of S, one method for each of its RPCs.
    return client as ServiceClient<S>;
  }

  /** Calls `handler` with each message of this type that the gate pushes, until the result is called. */
  on<D extends DescMessage>(schema: D, handler: (message: MessageShape<D>) => void): () => void {
    return this.#pushes.on(schema, handler);
  }

  /** Calls `handler` after each change of `state`, until the result is called. */
  onState(handler: (state: ClientState) => void): () => void {
    this.#stateHandlers.add(handler);
    return () => void this.#stateHandlers.delete(handler);
  }

  /** Ends the session. What has no answer yet rejects. */
  close(): void {
    this.#write({ goodbye: {} });
    this.#end(undefined);
  }

  async #connect(): Promise<void> {
    this.#setState({ state: "connecting" });
    const { token, encodeToken, transport } = this.#options;
    let content: Uint8Array;
    try {
      content = encodeToken(typeof token === "string" ? token : await token());
    } catch (error) {
      return this.#lost(new GateError(Code.UNAVAILABLE, `there is no token: ${error}`));
    }
    if (this.#isClosed()) return;
    const hello = { version, resumeToken: this.#resumeToken };
    let connection: TransportConnection | undefined;
    try {
      connection = transport(this.#url, {
        onOpen: () => {
          if (connection === this.#connection) this.#write({ content, hello, ack: this.#pushes.lastNumber });
        },
        onMessage: (bytes) => {
          if (connection === this.#connection) this.#receive(bytes);
        },
        onClose: (code, reason) => {
          if (connection === this.#connection)
            this.#lost(new GateError(code || Code.UNAVAILABLE, reason || "the connection broke"));
        },
      });
    } catch (error) {
      // As of a browser that lets a page of https make no plain connection.
      return this.#lost(new GateError(Code.UNAVAILABLE, `there is no connection: ${error}`));
    }
    this.#connection = connection;
    this.#heardAt = Date.now();
    this.#watch(this.#options.timeoutMs);
  }

  #receive(bytes: Uint8Array): void {
    this.#heardAt = Date.now();
    const answer = decodeAnswer(bytes);
    if (answer !== undefined) return this.#calls.answer(answer);
    let message: CSMsg;
    try {
      message = fromBinary(CSMsgSchema, bytes);
    } catch {
      return this.#lost(new GateError(Code.INTERNAL, "the gate sent no CSMsg"));
    }
    if (message.resumeToken.length > 0) this.#resumeToken = new Uint8Array(message.resumeToken);
    if (message.goodbye !== undefined) this.#goodbye(message);
    else if (message.welcome !== undefined) this.#welcome(message, message.welcome);
    else if (message.pushType !== "") this.#push(message);
    else this.#calls.answer(message);
  }

  #welcome({ content }: CSMsg, welcome: Welcome): void {
    const { resumed, pushesLost, idleTimeoutMs } = welcome;
    this.#attempts = 0;
    this.#idleMs = idleTimeoutMs || defaultIdleMs;
    if (!resumed) {
      this.#authResponse = new Uint8Array(content);
      this.#pushes.restart();
    }
    this.#watch(this.#idleMs);
    this.#calls.online(welcome);
    this.#setState({ state: "online", resumed, pushesLost });
  }

  #push(message: CSMsg): void {
    if (!this.#pushes.receive(message)) return;
    this.#unacknowledged++;
    if (this.#unacknowledged >= ackCount) this.#acknowledge();
    else this.#ackTimer ??= setTimeout(() => this.#acknowledge(), ackDelayMs);
  }

  #acknowledge(): void {
    this.#write({});
  }

  #goodbye(message: CSMsg): void {
    const error = errorOf(message);
    const { resumable = false } = message.goodbye ?? {};
    if (!resumable) this.#resumeToken = new Uint8Array(0);
    if (!resumable && (finalReasons.has(error.reason) || finalCodes.has(error.code))) return this.#end(error);
    this.#lost(error);
  }

  /** The connection is over; another one follows. */
  #lost(error: GateError): void {
    if (this.#isClosed()) return;
    this.#drop();
    this.#attempts++;
    const retryInMs = Math.max(backoffMs(this.#attempts, this.#options.reconnect), error.retryAfterMs);
    this.#retryTimer = setTimeout(() => void this.#connect(), retryInMs);
    this.#setState({ state: "offline", error, retryInMs });
  }

  #end(error: GateError | undefined): void {
    if (this.#isClosed()) return;
    this.#drop();
    this.#calls.failAll(error ?? new GateError(Code.CANCELLED, "the client was closed", { reason: "CANCELLED" }));
    this.#setState({ state: "closed", error });
  }

  #drop(): void {
    const connection = this.#connection;
    this.#connection = undefined;
    connection?.close();
    this.#calls.offline();
    clearTimeout(this.#retryTimer);
    clearTimeout(this.#ackTimer);
    clearInterval(this.#pingTimer);
    this.#ackTimer = undefined;
    this.#unacknowledged = 0;
  }

  /** Pings, and gives the connection up when nothing comes for so long. */
  #watch(limitMs: number): void {
    clearInterval(this.#pingTimer);
    this.#pingTimer = setInterval(() => {
      if (Date.now() - this.#heardAt > limitMs) this.#lost(new GateError(Code.UNAVAILABLE, "the gate does not answer"));
      else if (this.#state.state === "online") this.#write({ ping: 1 });
    }, limitMs / pingsPerIdleTime);
  }

  #writeCall({ method, content, metas, sequence, repeat }: OutgoingCall): void {
    if (metas === undefined) {
      this.#send((told) => encodeCall({ method: method.nameBytes, content, sequence, repeat, ...told }));
    } else {
      const pairs = Object.entries(metas).map(([key, value]) => ({ key, value }));
      this.#write({ method: method.name, content, metas: pairs, sequence, repeat });
    }
  }

  #write(fields: MessageInitShape<typeof CSMsgSchema>): void {
    this.#send((told) => toBinary(CSMsgSchema, Object.assign(create(CSMsgSchema, fields), told)));
  }

  /** Every message tells what has come. */
  #send(encode: (told: { readonly ack: number; readonly answered: number }) => Uint8Array): void {
    if (this.#connection === undefined) return;
    if (this.#ackTimer !== undefined) clearTimeout(this.#ackTimer);
    this.#ackTimer = undefined;
    this.#unacknowledged = 0;
    this.#connection.send(encode({ ack: this.#pushes.lastNumber, answered: this.#calls.answered }));
  }

  #isClosed(): boolean {
    return this.#state.state === "closed";
  }

  #setState(state: ClientState): void {
    this.#state = state;
    for (const handler of [...this.#stateHandlers]) {
      try {
        handler(state);
      } catch (error) {
        this.#options.onHandlerError(error);
      }
    }
  }
}
