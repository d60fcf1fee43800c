/**
 * One-way messages to every subscriber of a subject.
 *
 * At most once: a subscriber that is away misses what is sent meanwhile. Messages of one publisher on one subject
 * arrive in the order in which they were published; nothing is said of the order between publishers.
 */
export interface Broker extends AsyncDisposable {
  /** Largest payload in bytes; `publish` of a larger one rejects with MESSAGE_TOO_LARGE. */
  readonly maxPayloadBytes: number;

  /**
   * Hands the message to the broker. Resolves when it was handed over, not when anybody got it.
   * Rejects with PLUGIN_FAILED (code UNAVAILABLE) when the server can't be reached.
   * `subject` is printable ASCII without blanks, `*` or `>`; case matters. The payload must not change afterwards.
   */
  publish(subject: string, payload: Uint8Array): Promise<void>;

  /**
   * Calls `listener` for each message on exactly this subject, the publisher's own included. What it throws is logged
   * and harms no other subscriber. Resolves when the subscription is in force: what is published afterwards arrives.
   * Disposing ends it: after that resolved, `listener` is not called again. A lost connection is restored with all
   * subscriptions.
   */
  subscribe(subject: string, listener: (payload: Uint8Array) => void): Promise<AsyncDisposable>;
}
