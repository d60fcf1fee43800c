import type { AppId } from "../meta/app-id.ts";
import { M3Error } from "../meta/error.ts";
import type { Broker } from "../plugin/broker.ts";
import type { Logger } from "../plugin/log.ts";
import type { TransHost } from "../plugin/trans.ts";
import type { Carrier, RoutedCall } from "../rpc/carrier.ts";
import { checkTopic } from "../rpc/route.ts";
import { decodeBroadcast, encodeBroadcast, serviceSubject, topicSubject } from "./broadcast-message.ts";

/** Sends one-way calls to many apps through the broker, and takes those meant for this app. */
export class Broadcaster implements Carrier, AsyncDisposable {
  readonly #app: AppId;
  readonly #broker: Broker;
  readonly #log: Logger;
  readonly #subscriptions = new Set<AsyncDisposable>();

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

  /** Takes multicasts on a topic of this app's world from now on. Throws ROUTE_INVALID for a malformed topic. */
  join(topic: string, host: TransHost): Promise<AsyncDisposable> {
    checkTopic(topic);
    return this.#subscribe(topicSubject(this.#app.env, this.#app.world, topic), host);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.allSettled([...this.#subscriptions].map((subscription) => subscription[Symbol.asyncDispose]()));
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
