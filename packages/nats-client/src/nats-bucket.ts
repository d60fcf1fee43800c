import {
  JetStreamApiCodes,
  JetStreamApiError,
  type JetStreamClient,
  type JetStreamManager,
  jetstream,
} from "@nats-io/jetstream";
import { Kvm } from "@nats-io/kv";
import { headers, nanos, type Subscription } from "@nats-io/transport-node";
import type { NatsClient } from "./nats-client.ts";

/** Which bucket it is, and how it is made where it is not there. */
export interface BucketOptions {
  readonly name: string;
  /** How long a value stays that is not written again, in milliseconds, when the bucket is made. @default for good */
  readonly ttlMs?: number;
  /** On how many servers of a cluster the bucket is kept, when it is made. */
  readonly replicas: number;
  /** How long a request may take, in milliseconds. */
  readonly timeoutMs: number;
}

/** The last value under a key. */
export interface BucketEntry {
  /** Undefined when it was deleted. */
  readonly value: Uint8Array | undefined;
  /** Grows with each write of any key in the bucket. */
  readonly revision: number;
  /** When the server stored it, by its clock. */
  readonly storedAt: Date;
}

/**
 * A key-value bucket of JetStream. Reads ask the leader of its stream; each write is one request, never sent again. Requests
 * reject with what the client says, one that takes too long included.
 */
export class NatsBucket {
  /** How long a value stays that is not written again, in milliseconds, as the bucket was made; Infinity: for good. */
  readonly ttlMs: number;
  readonly #client: NatsClient;
  readonly #js: JetStreamClient;
  readonly #make: () => Promise<unknown>;
  readonly #jsm: JetStreamManager;
  readonly #stream: string;
  readonly #prefix: string;
  readonly #timeoutMs: number;

  /** Opens the bucket; makes it when it is not there. */
  static async open(client: NatsClient, options: BucketOptions): Promise<NatsBucket> {
    const { name, ttlMs = 0, replicas, timeoutMs } = options;
    const js = jetstream(client.connection, { timeout: timeoutMs });
    // Answers of followers may be old.
    const make = () => new Kvm(js).create(name, { history: 1, ttl: ttlMs, replicas, allow_direct: false });
    const { streamInfo } = await (await make()).status();
    const jsm = await js.jetstreamManager(false);
    return new NatsBucket(client, options, { js, jsm, make, maxAgeNanos: streamInfo.config.max_age });
  }

  /** Makes the bucket anew if the server has lost it. */
  async restore(): Promise<void> {
    await this.#make();
  }

  private constructor(
    client: NatsClient,
    { name, timeoutMs }: BucketOptions,
    made: {
      readonly js: JetStreamClient;
      readonly jsm: JetStreamManager;
      readonly make: () => Promise<unknown>;
      readonly maxAgeNanos: number;
    },
  ) {
    this.#make = made.make;
    this.#client = client;
    this.#js = made.js;
    this.#jsm = made.jsm;
    this.ttlMs = made.maxAgeNanos === 0 ? Number.POSITIVE_INFINITY : made.maxAgeNanos / nanos(1);
    this.#stream = `KV_${name}`;
    this.#prefix = `$KV.${name}.`;
    this.#timeoutMs = timeoutMs;
  }

  /** What is under a key, undefined when nothing ever was. */
  async get(key: string): Promise<BucketEntry | undefined> {
    this.#checkConnected();
    const message = await this.#jsm.streams.getMessage(this.#stream, { last_by_subj: this.#prefix + key });
    if (message === null) return undefined;
    const isDeleted = (message.header?.get("KV-Operation") ?? "") !== "";
    return { value: isDeleted ? undefined : message.data, revision: message.seq, storedAt: message.time };
  }

  /** Writes the value whatever was there, and resolves with its revision. */
  async put(key: string, value: Uint8Array): Promise<number> {
    this.#checkConnected();
    const { seq } = await this.#js.publish(this.#prefix + key, value, { timeout: this.#timeoutMs });
    return seq;
  }

  /**
   * Writes the value if the key's revision is `previous`, 0 for a key that is not there, and resolves with the new one; with
   * undefined when it is another.
   */
  compareAndSet(key: string, value: Uint8Array, previous: number): Promise<number | undefined> {
    return this.#write(key, value, previous, undefined);
  }

  /** Marks the key as deleted if its revision is `previous`; false when it is another. Who hears of changes hears of it. */
  async markDeleted(key: string, previous: number): Promise<boolean> {
    return (await this.#write(key, new Uint8Array(), previous, "DEL")) !== undefined;
  }

  /** What was written with this revision, undefined when it was replaced or is not there any more. */
  async at(revision: number): Promise<{ readonly key: string; readonly value: Uint8Array } | undefined> {
    this.#checkConnected();
    const message = await this.#jsm.streams.getMessage(this.#stream, { seq: revision });
    return message === null ? undefined : { key: message.subject.slice(this.#prefix.length), value: message.data };
  }

  /** Takes the value with this revision out, leaving no mark; false when it was replaced or is not there any more. */
  async remove(revision: number): Promise<boolean> {
    this.#checkConnected();
    try {
      return await this.#jsm.streams.deleteMessage(this.#stream, revision, false);
    } catch (error) {
      if (error instanceof JetStreamApiError && isNotFound(error)) return false;
      throw error;
    }
  }

  /** The keys that a subject filter matches, of deleted values too. */
  async keys(filter: string): Promise<readonly string[]> {
    this.#checkConnected();
    const { state } = await this.#jsm.streams.info(this.#stream, { subjects_filter: this.#prefix + filter });
    return Object.keys(state.subjects ?? {}).map((subject) => subject.slice(this.#prefix.length));
  }

  /**
   * Calls `listener` for each attempt to write a key that the filter matches. A hint: the attempt may have failed, and some are
   * missed. Resolves when it is in force.
   */
  async listen(filter: string, listener: (key: string, value: Uint8Array) => void): Promise<Subscription> {
    this.#checkConnected();
    const { connection } = this.#client;
    const subscription = connection.subscribe(this.#prefix + filter, {
      callback: (refusal, { subject, data }) => {
        if (refusal === null) listener(subject.slice(this.#prefix.length), data);
      },
    });
    await connection.flush();
    return subscription;
  }

  async #write(
    key: string,
    value: Uint8Array,
    previous: number,
    operation: string | undefined,
  ): Promise<number | undefined> {
    this.#checkConnected();
    const marked = headers();
    if (operation !== undefined) marked.set("KV-Operation", operation);
    try {
      const expect = { lastSubjectSequence: previous };
      const options = { expect, headers: marked, timeout: this.#timeoutMs };
      const { seq } = await this.#js.publish(this.#prefix + key, value, options);
      return seq;
    } catch (error) {
      if (error instanceof JetStreamApiError && isWrongRevision(error)) return undefined;
      throw error;
    }
  }

  /** Otherwise the client would keep the request until it is too late. */
  #checkConnected(): void {
    if (!this.#client.isConnected) throw new Error("the connection to the NATS server is lost and being restored");
  }
}

function isWrongRevision({ code }: JetStreamApiError): boolean {
  return (
    code === JetStreamApiCodes.StreamWrongLastSequence || code === JetStreamApiCodes.StreamWrongLastSequenceUnknown
  );
}

/** What servers answer who are asked to delete a message that is not there; it has no code of its own. */
function isNotFound({ code, message }: JetStreamApiError): boolean {
  return code === JetStreamApiCodes.NoMessageFound || /no message found|not found|deleted message/i.test(message);
}
