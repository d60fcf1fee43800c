/** One subscription. `deliver` must not throw. */
export interface Subscriber {
  /** Set to false by its owner to hear nothing more, not even what is on its way. */
  active: boolean;
  deliver(payload: Uint8Array): void;
}

interface Message {
  readonly subscribers: readonly Subscriber[];
  readonly payload: Uint8Array;
}

/** The subscriptions of the apps of one hub, and the messages on their way to them. */
export class MemorySubjects {
  readonly #subjects = new Map<string, Set<Subscriber>>();
  #queue: Message[] = [];

  add(subject: string, subscriber: Subscriber): void {
    const subscribers = this.#subjects.get(subject) ?? new Set<Subscriber>();
    this.#subjects.set(subject, subscribers.add(subscriber));
  }

  remove(subject: string, subscriber: Subscriber): void {
    const subscribers = this.#subjects.get(subject);
    subscribers?.delete(subscriber);
    if (subscribers?.size === 0) this.#subjects.delete(subject);
  }

  /** Queues the message for who is subscribed now. It is delivered later, so that no publisher is re-entered. */
  publish(subject: string, payload: Uint8Array): void {
    const subscribers = this.#subjects.get(subject);
    if (subscribers === undefined) return;
    // Not a microtask: listeners that publish in answer to each other must not keep the process from its sockets.
    if (this.#queue.length === 0) setImmediate(() => this.#flush());
    this.#queue.push({ subscribers: [...subscribers], payload });
  }

  #flush(): void {
    const messages = this.#queue;
    this.#queue = [];
    for (const { subscribers, payload } of messages) {
      for (const subscriber of subscribers) {
        // Each gets a copy, as over a network: apps of one process must not reach each other through shared bytes.
        if (subscriber.active) subscriber.deliver(payload.slice());
      }
    }
  }
}
