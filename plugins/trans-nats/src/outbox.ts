import { batchPartBytes, encodeBatch } from "./trans-message.ts";

/** Takes what leaves: the bytes of one message on NATS, and the first and last serial of what is in it. */
export type Post = (bytes: Uint8Array, firstSerial: number, lastSerial: number) => void;

/**
 * Gathers the messages that go to one app in one turn of the event loop: together they cost the server, and its clients at
 * both ends, hardly more than one. Messages leave in the order in which they were added.
 */
export class Outbox {
  readonly #maxBytes: number;
  readonly #post: Post;
  #messages: Uint8Array[] = [];
  #bytes = 0;
  #firstSerial = 0;
  #lastSerial = 0;

  /** A message on NATS gets no larger than `maxBytes` where it holds several. */
  constructor(maxBytes: number, post: Post) {
    this.#maxBytes = maxBytes;
    this.#post = post;
  }

  add(bytes: Uint8Array, serial: number): void {
    const size = bytes.length + batchPartBytes;
    if (this.#bytes + size > this.#maxBytes) this.flush();
    if (this.#messages.length === 0) this.#firstSerial = serial;
    this.#lastSerial = serial;
    this.#messages.push(bytes);
    this.#bytes += size;
  }

  flush(): void {
    const messages = this.#messages;
    const [only] = messages;
    if (only === undefined) return;
    this.#messages = [];
    this.#bytes = 0;
    this.#post(messages.length === 1 ? only : encodeBatch(messages), this.#firstSerial, this.#lastSerial);
  }
}
