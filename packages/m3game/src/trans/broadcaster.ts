import type { AppId } from "../meta/app-id.ts";
import { M3Error } from "../meta/error.ts";
import type { Broker } from "../plugin/broker.ts";
import type { Logger } from "../plugin/log.ts";
import type { TransHost } from "../plugin/trans.ts";
import type { Carrier, RoutedCall } from "../rpc/carrier.ts";
import { checkTopic } from "../rpc/route.ts";
import { decodeBroadcast, encodeBroadcast, serviceSubject, topicSubject } from "./broadcast-message.ts";

/** A topic that was joined, and who wants it. */
interface Membership {
  readonly users: Set<object>;
  readonly subscription: Promise<AsyncDisposable>;
}

/** Sends one-way calls to many apps through the broker, and takes those meant for this app. */
export class Broadcaster implements Carrier, AsyncDisposable {
  readonly #app: AppId;
  readonly #broker: Broker;
  readonly #log: Logger;
  readonly #subscriptions = new Set<AsyncDisposable>();
  readonly #memberships = new Map<string, Membership>();

  constructor(app: AppId, broker: Broker, log: Logger) {
    this.#app = app;
    this.#broker = broker;
    this.#log = log;
  }

  send(call: RoutedCall): void {
    this.#broker.publish(this.#subject(call), encodeBroadcast(call)).then(
      () => call.succeed(call.payload),
      (error) => call.fail(M3Error.from(error)),
    );
  }

  release(): void {}

  /** Takes broadcasts to this app's service from now on. */
  listen(host: TransHost): Promise<AsyncDisposable> {
    return this.#subscribe(serviceSubject(this.#app.service), host);
  }

  /**
   * Takes multicasts on a topic of this app's world from now on, each once however often the topic was joined.
   * Throws ROUTE_INVALID for a malformed topic.
   */
  async join(topic: string, host: TransHost): Promise<AsyncDisposable> {
    checkTopic(topic);
    const membership = this.#memberships.get(topic) ?? this.#newMembership(topic, host);
    const user = {};
    membership.users.add(user);
    const leave = async () => {
      if (!membership.users.delete(user) || membership.users.size > 0) return;
      this.#forget(topic, membership);
      const subscription = await membership.subscription;
      await subscription[Symbol.asyncDispose]();
    };
    try {
      await membership.subscription;
    } catch (error) {
      this.#forget(topic, membership);
      throw error;
    }
    return { [Symbol.asyncDispose]: leave };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.allSettled([...this.#subscriptions].map((subscription) => subscription[Symbol.asyncDispose]()));
  }

  #newMembership(topic: string, host: TransHost): Membership {
    const subject = topicSubject(this.#app.env, this.#app.world, topic);
    const membership: Membership = { users: new Set(), subscription: this.#subscribe(subject, host) };
    this.#memberships.set(topic, membership);
    return membership;
  }

  #forget(topic: string, membership: Membership): void {
    if (this.#memberships.get(topic) === membership) this.#memberships.delete(topic);
  }

  #subject(call: RoutedCall): string {
    if (call.route.kind !== "multicast") return serviceSubject(call.targetService);
    return topicSubject(this.#app.env, call.route.world ?? this.#app.world, call.route.topic);
  }

  async #subscribe(subject: string, host: TransHost): Promise<AsyncDisposable> {
    const subscription = await this.#broker.subscribe(subject, (payload) => {
      try {
        host.dispatch(decodeBroadcast(payload));
      } catch (error) {
        this.#log.warn("undecodable message on the broker", { subject, error });
      }
    });
    this.#subscriptions.add(subscription);
    return {
      [Symbol.asyncDispose]: async () => {
        this.#subscriptions.delete(subscription);
        await subscription[Symbol.asyncDispose]();
      },
    };
  }
}
