import Consul from "consul";
import type { Instance } from "m3game";
import { z } from "zod";
import type { ConsulAddress } from "./config.ts";
import { type CallOptions, callConsul } from "./consul-call.ts";
import { agentAnswer, type ConsulEntry, healthAnswer, incarnationOf, toConsulMeta, toEntry } from "./consul-entry.ts";

/** The most that a call may take which Consul answers at once, in milliseconds. */
const callTimeoutMs = 5000;

export interface ServiceQuery {
  readonly service: string;
  /** Only instances whose checks pass, or all. */
  readonly passing: boolean;
  /** Only this instance. @default all */
  readonly app?: string;
}

export interface BlockingOptions {
  /** Answer once something changed after this index; 0 answers at once. */
  readonly index: number;
  /** How long Consul may wait for a change, in milliseconds. */
  readonly waitMs: number;
  readonly signal?: AbortSignal | undefined;
}

export interface ServiceAnswer {
  readonly entries: readonly ConsulEntry[];
  readonly index: number;
}

/** The calls to Consul that the router makes. Each has a time limit; errors hold no secret. */
export class ConsulApi {
  readonly #consul: Consul;
  readonly #token: string | undefined;

  constructor(address: ConsulAddress, token: string | undefined) {
    this.#consul = new Consul({ ...address });
    this.#token = token;
  }

  /** Rejects unless Consul answers and has a leader: without one it can neither register nor find anything. */
  async checkReady(): Promise<void> {
    const leader: unknown = await this.#call((options) => this.#consul.status.leader(options));
    if (typeof leader !== "string" || leader === "") throw new Error("it has no cluster leader");
  }

  /** The entries of one service. */
  async instances(query: ServiceQuery, { index, waitMs, signal }: BlockingOptions): Promise<ServiceAnswer> {
    const send = (options: CallOptions): Promise<unknown[]> => {
      options.ctx.includeResponse = true;
      const all = {
        ...options,
        service: query.service,
        passing: query.passing,
        ...(query.app !== undefined && { filter: `Service.ID == ${JSON.stringify(query.app)}` }),
        ...(index > 0 && { index: String(index), wait: `${waitMs}ms` }),
      };
      return this.#consul.health.service(all);
    };
    // Consul adds up to a sixteenth to the wait.
    const timeoutMs = callTimeoutMs + (index > 0 ? Math.ceil((waitMs * 17) / 16) : 0);
    const [response, body] = await callConsul(send, { timeoutMs, signal, token: this.#token });
    return { entries: healthAnswer.parse(body).map(toEntry), index: indexOf(response) };
  }

  /** The names of all services, those of other programs too. */
  async services(): Promise<readonly string[]> {
    const answer: unknown = await this.#call((options) => this.#consul.catalog.service.list(options));
    return Object.keys(z.record(z.string(), z.unknown()).parse(answer));
  }

  /** Keeps a text under a key, for good. */
  async keep(key: string, text: string): Promise<void> {
    await this.#call((options) => {
      const all = { ...options, key, value: text };
      return this.#consul.kv.set(all);
    });
  }

  /** The text under a key, undefined when there is none. */
  async kept(key: string): Promise<string | undefined> {
    const answer: unknown = await this.#call((options) => {
      const all = { ...options, key };
      return this.#consul.kv.get(all);
    });
    return keptAnswer.parse(answer)?.Value ?? undefined;
  }

  /** Enters the instance as passing, with an HTTP check. It appears in `instances` shortly afterwards. */
  async register(instance: Instance, incarnation: string, checkUrl: string): Promise<void> {
    await this.#call((options) => {
      const all = {
        ...options,
        name: instance.service,
        id: instance.app,
        address: instance.host,
        port: instance.port,
        meta: toConsulMeta(instance, incarnation),
        check: {
          name: `health of ${instance.app}`,
          http: checkUrl,
          interval: "4s",
          // A busy app answers late now and then. (Consul could wait for a second failure; not all versions do.)
          timeout: "8s",
          deregistercriticalserviceafter: "1m",
          status: "passing",
        },
      };
      return this.#consul.agent.service.register(all);
    });
  }

  async deregister(app: string): Promise<void> {
    await this.#call((options) => {
      const all = { ...options, id: app };
      return this.#consul.agent.service.deregister(all);
    });
  }

  /** The incarnation that the agent has registered for this app, undefined when there is none. */
  async registeredIncarnation(app: string): Promise<string | undefined> {
    const answer: unknown = await this.#call((options) => {
      const all = { ...options, filter: `ID == ${JSON.stringify(app)}` };
      return this.#consul.agent.service.list(all);
    });
    const service = agentAnswer.parse(answer)[app];
    return service && incarnationOf(service.Meta);
  }

  /** Closes idle connections. */
  destroy(): void {
    this.#consul.destroy();
  }

  #call<T>(send: (options: CallOptions) => Promise<T>): Promise<T> {
    return callConsul(send, { timeoutMs: callTimeoutMs, token: this.#token });
  }
}

const keptAnswer = z.object({ Value: z.string().nullable() }).nullish();

const indexedResponse = z.object({ headers: z.object({ "x-consul-index": z.coerce.number().int().positive() }) });

function indexOf(response: unknown): number {
  return indexedResponse.parse(response).headers["x-consul-index"];
}
