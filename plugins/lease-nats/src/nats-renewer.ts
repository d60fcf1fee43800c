// Imported by the thread that renews sessions.
import { NatsClient, natsConfig } from "@m3game/nats-client";
import { type LeaseRenewer, parseAppId, silentLogger, systemClock } from "m3game";
import { z } from "zod";
import { SignsOfLife } from "./signs-of-life.ts";

const renewerData = z.object({
  config: natsConfig,
  bucket: z.string(),
  replicas: z.number(),
  /** Of the session's first sign of life. */
  revision: z.number(),
  owner: z.object({
    ...{ app: z.string(), incarnation: z.string(), address: z.string(), session: z.string() },
    seconds: z.number(),
  }),
});

export type NatsRenewerData = z.input<typeof renewerData>;

/** Renews one session over a connection of its own. */
export function createLeaseRenewer(data: unknown): LeaseRenewer {
  return new NatsRenewer(renewerData.parse(data));
}

interface Connected {
  readonly client: NatsClient;
  readonly signs: SignsOfLife;
}

class NatsRenewer implements LeaseRenewer {
  readonly #data: z.output<typeof renewerData>;
  #revision: number;
  #connected: Promise<Connected> | undefined;

  constructor(data: z.output<typeof renewerData>) {
    this.#data = data;
    this.#revision = data.revision;
  }

  async renew(signal: AbortSignal): Promise<number> {
    const { promise: aborted, reject } = Promise.withResolvers<never>();
    const abort = () => reject(signal.reason);
    signal.addEventListener("abort", abort, { once: true });
    try {
      return await Promise.race([this.#renew(), aborted]);
    } catch (error) {
      // A connection without an answer may be half open: the next attempt uses another.
      void this.#drop();
      throw error;
    } finally {
      signal.removeEventListener("abort", abort);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#drop();
  }

  async #renew(): Promise<number> {
    this.#connected ??= this.#connect();
    const { signs } = await this.#connected;
    const revision = await signs.renew(this.#data.owner, this.#revision);
    if (revision === undefined) return 0;
    this.#revision = revision;
    return this.#data.owner.seconds * 1000;
  }

  async #connect(): Promise<Connected> {
    const { config, owner, bucket, replicas } = this.#data;
    const context = { app: parseAppId(owner.app), log: silentLogger, clock: systemClock };
    const section = "[[Plugin.Lease.lease_nats]]";
    const client = await NatsClient.open(config, { section, context, whenLost: "", whenBack: "" });
    return { client, signs: new SignsOfLife({ client, bucket, replicas }) };
  }

  async #drop(): Promise<void> {
    const connected = this.#connected;
    this.#connected = undefined;
    const { client } = (await connected?.catch(() => undefined)) ?? {};
    await client?.connection.close();
  }
}
