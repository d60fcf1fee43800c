import { z } from "zod";

const timeoutMs = 5000;
/** Meta key of the app id in an entry. */
const appKey = "m3app";

export interface MetricsTarget {
  readonly app: string;
  readonly host: string;
  readonly port: number;
}

const passing = z.array(
  z.object({
    Node: z.object({ Address: z.string() }),
    Service: z.object({
      Address: z.string(),
      Port: z.number(),
      Meta: z.record(z.string(), z.string()).nullish(),
    }),
  }),
);

/** The three calls to a Consul agent that are needed. They reject with one clear line that holds no secret. */
export class ConsulAgent {
  readonly #url: string;
  readonly #token: string | undefined;

  constructor(url: string, token: string | undefined) {
    this.#url = url;
    this.#token = token;
  }

  /** Enters the target as passing, with a check of its /metrics; again: changes nothing. */
  async register(service: string, id: string, { app, host, port }: MetricsTarget): Promise<void> {
    const shown = host.includes(":") ? `[${host}]` : host;
    await this.#call("PUT", "/v1/agent/service/register", {
      ...{ Name: service, ID: id, Address: host, Port: port, Meta: { [appKey]: app } },
      Check: {
        Name: `metrics of ${app}`,
        HTTP: `http://${shown}:${port}/metrics`,
        ...{ Interval: "10s", Timeout: "3s", Status: "passing", DeregisterCriticalServiceAfter: "1m" },
      },
    });
  }

  async deregister(id: string): Promise<void> {
    await this.#call("PUT", `/v1/agent/service/deregister/${encodeURIComponent(id)}`);
  }

  /** The entries of a service whose checks pass. */
  async targets(service: string): Promise<readonly MetricsTarget[]> {
    const answer = await this.#call("GET", `/v1/health/service/${encodeURIComponent(service)}?passing=1`);
    return passing.parse(await answer.json()).map(({ Node, Service }) => ({
      app: Service.Meta?.[appKey] ?? "",
      host: Service.Address === "" ? Node.Address : Service.Address,
      port: Service.Port,
    }));
  }

  async #call(method: string, path: string, body?: object): Promise<Response> {
    const answer = await fetch(`${this.#url}${path}`, {
      method,
      signal: AbortSignal.timeout(timeoutMs),
      headers: this.#token === undefined ? {} : { "x-consul-token": this.#token },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    }).catch((error: Error) => {
      throw new Error(`Consul at ${this.#url} can't be reached: ${causeOf(error)}`);
    });
    if (answer.ok) return answer;
    throw new Error(`Consul at ${this.#url} answered ${answer.status}: ${(await answer.text()).trim()}`);
  }
}

// fetch says only that it failed.
function causeOf({ message, cause }: Error): string {
  return cause instanceof Error ? cause.message || cause.name : message;
}
