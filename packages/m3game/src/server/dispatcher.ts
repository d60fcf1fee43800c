import type { DescService, Message } from "@bufbuild/protobuf";
import { type M3Error, reasonError } from "../meta/error.ts";
import { shownKey } from "../meta/route-type.ts";
import type { MethodMeta } from "../meta/service-meta.ts";
import type { CallHead, InboundCall } from "../plugin/trans.ts";
import type { ClientRuntime } from "../rpc/client-call.ts";
import { composeInterceptors, type Interceptor, type Invoke, type MaybePromise } from "../rpc/interceptor.ts";
import type { ServiceRegistry } from "../rpc/service-registry.ts";
import type { ActorHosting } from "./actor/actor-hosting.ts";
import { CallCounts } from "./call-counts.ts";
import { CallTraces } from "./call-traces.ts";
import type { ControlKey } from "./control-key.ts";
import { ForwardedCall, type ForwardOptions } from "./forwarded-call.ts";
import type { HostApp } from "./host-app.ts";
import { KeptAnswers } from "./kept-answers.ts";
import type { LeaderHosting } from "./leader-hosting.ts";
import { type RunningCall, RunningCalls } from "./running-calls.ts";
import type { Runner, Server } from "./server.ts";
import { ServerCall, type ServerRuntime, toResponse } from "./server-call.ts";
import { requestValidator } from "./validate.ts";

export interface DispatcherOptions {
  readonly servers: readonly Server[];
  readonly registry: ServiceRegistry;
  readonly interceptors: readonly Interceptor[];
  readonly runtime: Omit<ServerRuntime, "onSettled" | "followed" | "forward">;
  readonly actors: ActorHosting | undefined;
  readonly leaders?: LeaderHosting | undefined;
  /** What callers of services for apps only must show. */
  readonly controlKey: ControlKey;
  readonly hostApp: HostApp;
  readonly clientRuntime: ClientRuntime;
  /** Calls served at once; more are refused with OVERLOADED. */
  readonly maxInFlight: number;
  /** The deadline of a call that comes without one, in milliseconds from its arrival. */
  readonly defaultTimeoutMs: number;
  /** The app that should have got a call, undefined when it is this one. */
  readonly betterTarget: (call: CallHead) => string | undefined;
}

interface Endpoint {
  readonly meta: MethodMeta;
  readonly invoke: Invoke<ServerCall>;
  /** A call whose key another instance owns is handed on. */
  readonly usesRing: boolean;
}

/** Takes calls from the transports and runs them on the servers of one app. */
export class Dispatcher {
  readonly services: readonly DescService[];
  readonly counts = new CallCounts();
  readonly traces: CallTraces;
  readonly #options: DispatcherOptions;
  readonly #endpoints: ReadonlyMap<string, Endpoint>;
  readonly #runtime: ServerRuntime;
  readonly #kept: KeptAnswers;
  readonly #running = new RunningCalls();
  #draining = false;
  #onIdle: (() => void) | undefined;

  private constructor(options: DispatcherOptions, endpoints: ReadonlyMap<string, Endpoint>) {
    this.#options = options;
    this.#endpoints = endpoints;
    this.traces = new CallTraces(options.runtime.clock);
    this.#kept = new KeptAnswers(options.runtime.clock);
    this.services = options.servers.map(({ service }) => service);
    this.#runtime = {
      ...options.runtime,
      onSettled: (call, outcome, tookMs) => {
        // What apps ask of each other says nothing of the game.
        const isGames = !call.meta.service.appsOnly;
        if (isGames) this.counts.add(outcome, tookMs);
        if (this.traces.isOn) this.traces.add(call, outcome);
        this.#onSettled(call);
      },
      followed: (call) => (this.traces.isOn ? this.traces.mark(call) : ""),
      forward: (inbound, targetApp, deadline) => {
        const { promise, resolve: respond, reject: fail } = Promise.withResolvers<Uint8Array>();
        this.#forward({ inbound, targetApp, deadline, answer: { respond, fail } });
        return promise;
      },
    };
  }

  /** Rejects with PROTO_INVALID or DUPLICATE_SERVICE. */
  static async create(options: DispatcherOptions): Promise<Dispatcher> {
    const endpoints = new Map<string, Endpoint>();
    const { clock, log } = options.runtime;
    for (const server of options.servers) {
      const service = options.registry.get(server.service);
      if (service.methods.some(({ fullName }) => endpoints.has(fullName))) {
        throw reasonError("DUPLICATE_SERVICE", `two servers implement ${server.service.typeName}; remove one`);
      }
      const validator = service.validate ? [await requestValidator()] : [];
      const runner = server.start({
        app: options.hostApp,
        clock,
        actors: options.actors,
        leaders: options.leaders,
        log: log.child({ service: server.service.typeName }),
      });
      for (const meta of service.methods) {
        const invoke = composeInterceptors([...options.interceptors, ...validator], toInvoke(meta, runner(meta)));
        endpoints.set(meta.fullName, { meta, invoke, usesRing: server.finds === "ring" });
      }
    }
    return new Dispatcher(options, endpoints);
  }

  /** Calls that run now, those handed on to another app included. */
  get inFlight(): number {
    return this.#running.size;
  }

  /** The methods of those calls, each once. */
  get runningMethods(): readonly string[] {
    return [...new Set(Array.from(this.#running, ({ method }) => method))];
  }

  /** Runs the call, forwards it, or fails it. Never throws. */
  readonly dispatch = (incoming: InboundCall): void => {
    const endpoint = this.#endpoints.get(incoming.method);
    const refusal = this.#refusal(incoming, endpoint);
    if (refusal !== undefined || endpoint === undefined) return this.#refuse(incoming, endpoint, refusal);
    const inbound = incoming.metadata.size === 0 ? incoming : this.#kept.admit(incoming);
    if (inbound !== undefined) this.#begin(endpoint, inbound);
  };

  #begin(endpoint: Endpoint, inbound: InboundCall): void {
    const now = this.#runtime.clock.now();
    const deadline =
      inbound.deadline === Number.POSITIVE_INFINITY ? now + this.#options.defaultTimeoutMs : inbound.deadline;
    if (deadline <= now) {
      return this.#refuse(inbound, endpoint, reasonError("DEADLINE", `${inbound.method} arrived after its deadline`));
    }
    const better = endpoint.usesRing && inbound.hops === 0 ? this.#options.betterTarget(inbound) : undefined;
    if (better !== undefined) return this.#forward({ inbound, targetApp: better, deadline, answer: inbound });
    let request: Message;
    try {
      request = endpoint.meta.decodeRequest(inbound.payload);
    } catch (cause) {
      const message = `the request of ${inbound.method} is no ${endpoint.meta.input.typeName}: ${cause}`;
      return this.#refuse(inbound, endpoint, reasonError("BAD_REQUEST", message));
    }
    const call = new ServerCall(this.#runtime, inbound, endpoint.meta, request, deadline);
    call.startedAt = now;
    this.#run(endpoint, call, inbound);
  }

  /** Refuses new calls from now on and resolves when those that run have been answered. */
  drain(): Promise<void> {
    this.#draining = true;
    if (this.#running.size === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#onIdle = resolve;
    });
  }

  /** Fails what still runs. */
  abandon(): void {
    for (const call of this.#running) {
      call.abandon(reasonError("UNKNOWN_OUTCOME", `${this.#runtime.app.app} stopped before ${call.method} was done`));
    }
  }

  #run(endpoint: Endpoint, call: ServerCall, inbound: InboundCall): void {
    this.#running.add(call);
    this.#runtime.wheel.add(call);
    this.#runtime.observer?.begin(call);
    // Not written in one with the assignment: V8 puts a function assigned to a property into the old generation.
    const cancel = () => call.cancel();
    inbound.onCancel = cancel;
    let response: MaybePromise<Message>;
    try {
      response = endpoint.invoke(call);
      call.isNew = false;
    } catch (error) {
      return call.reject(error);
    }
    if (!(response instanceof Promise)) return call.answer(response);
    response.then(
      (message) => call.answer(message),
      (error) => call.reject(error),
    );
  }

  #forward(call: Pick<ForwardOptions, "inbound" | "targetApp" | "deadline" | "answer">): void {
    this.#kept.handOn(call.inbound);
    const forwarded = new ForwardedCall({
      ...call,
      runtime: this.#options.clientRuntime,
      targetService: this.#runtime.app.service,
      onSettled: this.#onSettled,
    });
    this.#running.add(forwarded);
    forwarded.forward();
  }

  #refusal(inbound: InboundCall, endpoint: Endpoint | undefined): M3Error | undefined {
    const { app } = this.#runtime.app;
    if (this.#draining) return reasonError("DRAINING", `${app} is shutting down`);
    if (endpoint === undefined) return reasonError("UNKNOWN_METHOD", `${app} has no method ${inbound.method}`);
    if (inbound.targetApp !== "" && inbound.targetApp !== app) {
      return reasonError("WRONG_APP", `the call was meant for ${inbound.targetApp} and reached ${app}`);
    }
    if (endpoint.meta.service.appsOnly && inbound.fromBroker !== true) {
      const refusal = this.#options.controlKey.refusal(inbound.metadata.get(shownKey) ?? "", inbound.sourceApp);
      if (refusal !== undefined) return refusal;
    }
    if (this.#running.size >= this.#options.maxInFlight) {
      return reasonError("OVERLOADED", `${app} serves ${this.#options.maxInFlight} calls already`);
    }
    return undefined;
  }

  #refuse(inbound: InboundCall, endpoint: Endpoint | undefined, error: M3Error | undefined): void {
    if (error === undefined) return;
    this.#runtime.observer?.refused?.(endpoint?.meta, error);
    if (this.traces.isOn) this.traces.add(inbound, error);
    if (!inbound.notify) return inbound.fail(error);
    this.#runtime.log.warn("one-way call refused", { method: inbound.method, from: inbound.sourceApp, error });
  }

  readonly #onSettled = (call: RunningCall): void => {
    this.#running.remove(call);
    if (this.#running.size === 0) this.#onIdle?.();
  };
}

function toInvoke(meta: MethodMeta, runner: Runner): Invoke<ServerCall> {
  return (call) => {
    const result: unknown = runner(call);
    return isThenable(result)
      ? Promise.resolve(result).then((value) => toResponse(meta, value))
      : toResponse(meta, result);
  };
}

// Not only promises: query builders of database clients are awaited too.
function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === "object" && value !== null && "then" in value && typeof value.then === "function";
}
