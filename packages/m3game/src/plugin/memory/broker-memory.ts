import { z } from "zod";
import { reasonError } from "../../meta/error.ts";
import type { Broker } from "../broker.ts";
import type { Logger } from "../log.ts";
import { definePlugin, type PluginDefinition } from "../plugin.ts";
import type { MemoryHub } from "./memory-hub.ts";
import type { MemorySubjects, Subscriber } from "./memory-subjects.ts";
import { checkSubject } from "./subject.ts";

/** As much as a NATS server takes by default, so that what works here works there. */
const maxPayloadBytes = 1024 * 1024;

/**
 * The embedded broker, `[[Plugin.Broker.broker_memory]]`: apps of one process that share a hub hear each other.
 * Messages are delivered on a later turn of the event loop. A payload may have up to 1 MiB.
 */
export function brokerMemory(hub: MemoryHub): PluginDefinition<"broker"> {
  return definePlugin({
    kind: "broker",
    name: "broker_memory",
    config: z.object({}),
    create: (_config, context) => new MemoryBroker(hub.subjects, context.log),
  });
}

class MemoryBroker implements Broker {
  readonly maxPayloadBytes = maxPayloadBytes;
  readonly #subjects: MemorySubjects;
  readonly #log: Logger;
  readonly #open = new Set<AsyncDisposable>();
  #disposed = false;

  constructor(subjects: MemorySubjects, log: Logger) {
    this.#subjects = subjects;
    this.#log = log;
  }

  async publish(subject: string, payload: Uint8Array): Promise<void> {
    this.#checkOpen();
    checkSubject(subject);
    if (payload.length > maxPayloadBytes) {
      throw reasonError(
        "MESSAGE_TOO_LARGE",
        `message of ${payload.length} bytes on "${subject}": the broker takes at most ${maxPayloadBytes}`,
      );
    }
    this.#subjects.publish(subject, payload);
  }

  async subscribe(subject: string, listener: (payload: Uint8Array) => void): Promise<AsyncDisposable> {
    this.#checkOpen();
    checkSubject(subject);
    const subscriber: Subscriber = {
      active: true,
      deliver: (payload: Uint8Array) => {
        try {
          listener(payload);
        } catch (error) {
          this.#log.error("a subscriber threw", { subject, error });
        }
      },
    };
    const handle: AsyncDisposable = {
      [Symbol.asyncDispose]: async () => {
        subscriber.active = false;
        this.#subjects.remove(subject, subscriber);
        this.#open.delete(handle);
      },
    };
    this.#subjects.add(subject, subscriber);
    this.#open.add(handle);
    return handle;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#disposed = true;
    for (const handle of this.#open) await handle[Symbol.asyncDispose]();
  }

  #checkOpen(): void {
    if (this.#disposed) throw reasonError("PLUGIN_FAILED", "broker_memory is stopped: the app that owns it has ended");
  }
}
