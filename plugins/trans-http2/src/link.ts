import { setImmediate } from "node:timers/promises";
import { Client, type ClientUnaryCall, connectivityState, type Metadata, type ServiceError } from "@grpc/grpc-js";
import {
  type Clock,
  type ConnectOptions,
  type Link,
  type LinkState,
  M3Error,
  type OutboundCall,
  type Timer,
} from "m3game";
import { reasonError } from "m3game/internal";
import { toBuffer, toBytes } from "./bytes.ts";
import { linkOptions, maxTimerMs } from "./channel-options.ts";
import type { Http2Config } from "./config.ts";
import type { Credentials } from "./credentials.ts";
import { outboundMetadata } from "./outbound-metadata.ts";
import { statusError } from "./status-error.ts";

// TCP alone takes minutes to give up a peer that does not answer at all.
const connectTimeoutMs = 5000;

const nothing = new Uint8Array();

export interface LinkDependencies {
  readonly config: Http2Config;
  readonly credentials: Credentials;
  readonly clock: Clock;
  /** Called once the link was disposed. */
  readonly onClosed: (link: Http2Link) => void;
}

/**
 * The way to one app over one HTTP/2 connection.
 *
 * It is `connecting` until the first attempt ended, at most 5 s. A connection that broke is `down` until there is a new
 * one, and so is one whose peer answered DRAINING.
 */
export class Http2Link implements Link {
  readonly #options: ConnectOptions;
  readonly #dependencies: LinkDependencies;
  readonly #client: Client;
  readonly #connectTimer: Timer;
  readonly #waiting = new Set<OutboundCall>();
  readonly #inFlight = new Map<OutboundCall, ClientUnaryCall>();
  #state: LinkState = "connecting";
  #draining = false;
  #closed = false;
  #disposed: Promise<void> | undefined;

  constructor(options: ConnectOptions, dependencies: LinkDependencies) {
    const { config, credentials, clock } = dependencies;
    this.#options = options;
    this.#dependencies = dependencies;
    const client = credentials.client(options.endpoint);
    this.#client = new Client(`dns:${options.endpoint}`, client.credentials, {
      ...linkOptions(config),
      ...client.options,
    });
    this.#connectTimer = clock.after(connectTimeoutMs, () => {
      if (this.#state === "connecting") this.#setState("down");
    });
    this.#watch();
  }

  get state(): LinkState {
    return this.#state;
  }

  send(call: OutboundCall): void {
    const { MaxInFlight: maxInFlight } = this.#dependencies.config;
    if (this.#inFlight.size + this.#waiting.size >= maxInFlight) {
      call.fail(reasonError("OVERLOADED", `${maxInFlight} calls to ${this.#peer} are in flight already`));
    } else if (this.#state === "connecting") {
      this.#waiting.add(call);
    } else if (this.#draining) {
      call.fail(reasonError("DRAINING", `${this.#peer} is shutting down`));
    } else if (this.#state === "up" || this.#channelFails()) {
      this.#start(call);
    } else {
      const why = this.#closed ? "the link is closed" : "it is being connected again";
      call.fail(reasonError("NO_CONNECTION", `no connection to ${this.#peer}: ${why}`));
    }
  }

  cancel(call: OutboundCall): void {
    this.#waiting.delete(call);
    const request = this.#inFlight.get(call);
    this.#inFlight.delete(call);
    request?.cancel();
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#disposed ??= this.#dispose();
    return this.#disposed;
  }

  async #dispose(): Promise<void> {
    this.#closed = true;
    this.#connectTimer.cancel();
    this.#setState("down");
    for (const call of [...this.#inFlight.keys()]) {
      // A notify call was reported as handed over already: it is left to arrive.
      if (call.notify) continue;
      this.cancel(call);
      call.fail(reasonError("UNKNOWN_OUTCOME", `the link to ${this.#peer} closed before ${call.method} was answered`));
    }
    // grpc-js puts a call on the connection some microtasks after it was started.
    if (this.#inFlight.size > 0) await setImmediate();
    this.#client.close();
    this.#dependencies.onClosed(this);
  }

  get #peer(): string {
    return `${this.#options.targetApp} at ${this.#options.endpoint}`;
  }

  #watch(): void {
    if (this.#closed) return;
    const channel = this.#client.getChannel();
    // Makes a channel whose connection broke connect again; by itself it waits for a call.
    channel.getConnectivityState(true);
    const current = channel.getConnectivityState(false);
    if (current !== connectivityState.READY) this.#draining = false;
    if (current === connectivityState.READY) this.#setState("up");
    else if (current === connectivityState.TRANSIENT_FAILURE || this.#state === "up") this.#setState("down");
    channel.watchConnectivityState(current, Number.POSITIVE_INFINITY, () => this.#watch());
  }

  #setState(state: LinkState): void {
    if (this.#state === state) return;
    this.#state = state;
    this.#options.onState(state);
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const call of waiting) this.send(call);
  }

  /** True while the channel itself fails calls at once, which then say why it can't connect. */
  #channelFails(): boolean {
    if (this.#closed) return false;
    return this.#client.getChannel().getConnectivityState(false) === connectivityState.TRANSIENT_FAILURE;
  }

  #start(call: OutboundCall): void {
    let metadata: Metadata;
    try {
      this.#checkSize(call);
      metadata = outboundMetadata(call, this.#options.targetApp);
    } catch (error) {
      call.fail(M3Error.from(error));
      return;
    }
    const handedOver = call.notify && this.#state === "up";
    let answered = false;
    const request = this.#client.makeUnaryRequest(
      call.method,
      toBuffer,
      toBytes,
      call.payload,
      metadata,
      { deadline: this.#wallDeadline(call.deadline) },
      (error, payload) => {
        const failure = error && this.#failure(error, answered);
        if (!this.#inFlight.delete(call) || handedOver) return;
        if (failure) call.fail(failure);
        else call.succeed(payload ?? nothing);
      },
    );
    request.on("metadata", () => {
      answered = true;
    });
    this.#inFlight.set(call, request);
    if (handedOver) call.succeed(nothing);
  }

  #checkSize(call: OutboundCall): void {
    const { MaxMessageBytes: maxBytes } = this.#dependencies.config;
    if (call.payload.length <= maxBytes) return;
    const size = `the request of ${call.method} has ${call.payload.length} bytes; the transport carries ${maxBytes}`;
    throw reasonError("MESSAGE_TOO_LARGE", `${size}: raise MaxMessageBytes on both sides or send less`);
  }

  #failure(error: ServiceError, answered: boolean): M3Error {
    const failure = statusError({ code: error.code, details: error.details, metadata: error.metadata, answered });
    if (failure.reason === "DRAINING") {
      this.#draining = true;
      this.#setState("down");
    }
    return failure;
  }

  #wallDeadline(deadline: number): number {
    const timeoutMs = deadline - this.#dependencies.clock.now();
    return timeoutMs > maxTimerMs ? Number.POSITIVE_INFINITY : Date.now() + timeoutMs;
  }
}
