import { randomUUID } from "node:crypto";
import { type Broker, Code, type PluginContext } from "m3game";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createPluginContext } from "./plugin-context.ts";
import { Received } from "./received.ts";

/** Which broker the suite is about. */
export interface BrokerConformanceOptions {
  /** Names the suite. */
  readonly name: string;
  /** Starts a broker for one app. All brokers of the suite share one server. */
  create(context: PluginContext): Broker | Promise<Broker>;
}

const bytes = (text: string) => new TextEncoder().encode(text);
const texts = (payloads: readonly Uint8Array[]) => payloads.map((payload) => new TextDecoder().decode(payload));

/** Checks a broker against its contract. Call it in a test file. */
export function runBrokerConformance(options: BrokerConformanceOptions): void {
  describe(`broker conformance: ${options.name}`, () => {
    let cleanup: AsyncDisposableStack;
    let subject: string;

    beforeEach(() => {
      cleanup = new AsyncDisposableStack();
      subject = `m3svc-test.${randomUUID()}.club`;
    });

    afterEach(() => cleanup.disposeAsync());

    async function newBroker() {
      const context = createPluginContext("test.world1.club.1");
      const broker = cleanup.use(await options.create(context));
      return { broker, context };
    }

    async function subscribe(broker: Broker, to: string = subject) {
      const received = new Received<Uint8Array>();
      const handle = cleanup.use(await broker.subscribe(to, received.listener));
      return { received, handle };
    }

    test("a message reaches all subscribers, the publisher's own and those of others", async () => {
      const { broker } = await newBroker();
      const { broker: other } = await newBroker();
      const all = [await subscribe(broker), await subscribe(broker), await subscribe(other)];
      await broker.publish(subject, bytes("hello"));
      await broker.publish(subject, bytes("end"));
      for (const { received } of all) {
        await received.first(2);
        expect(texts(received.items)).toEqual(["hello", "end"]);
      }
    });

    test("messages of one publisher arrive in the order in which they were published", async () => {
      const { broker } = await newBroker();
      const { received } = await subscribe((await newBroker()).broker);
      const sent = Array.from({ length: 2000 }, (_, index) => `message ${index}`);
      await Promise.all(sent.map((text) => broker.publish(subject, bytes(text))));
      expect(texts(await received.first(sent.length))).toEqual(sent);
    });

    test("what is published once subscribe has resolved arrives", async () => {
      const { broker: publisher } = await newBroker();
      const { broker } = await newBroker();
      for (let round = 0; round < 100; round++) {
        const { received } = await subscribe(broker, `${subject}.${round}`);
        await publisher.publish(`${subject}.${round}`, bytes("now"));
        await received.first(1);
      }
    });

    test("only exactly this subject is heard, case included", async () => {
      const { broker } = await newBroker();
      const { received } = await subscribe(broker);
      for (const near of [`${subject}.1`, `${subject}s`, subject.slice(0, -5), subject.toUpperCase()]) {
        await broker.publish(near, bytes(near));
      }
      await broker.publish(subject, bytes("mine"));
      expect(texts(await received.first(1))).toEqual(["mine"]);
    });

    test("a subject may hold any printable character but blank, * and >", async () => {
      const { broker } = await newBroker();
      const odd = `${subject}-_~!"#$%&'()+,/:;<=?@[]^\`{|}\\`;
      const { received } = await subscribe(broker, odd);
      await broker.publish(odd, bytes("odd"));
      expect(texts(await received.first(1))).toEqual(["odd"]);
    });

    test.each(["", "a b", "a.*", "a.>", "a*", "ä", "a\n"])("the subject %j is refused", async (wrong) => {
      const { broker } = await newBroker();
      const refusal = { code: Code.INVALID_ARGUMENT, reason: "ROUTE_INVALID" };
      await expect(broker.publish(wrong, bytes("x"))).rejects.toMatchObject(refusal);
      await expect(broker.subscribe(wrong, () => {})).rejects.toMatchObject(refusal);
    });

    test("a payload arrives byte for byte, an empty one and the largest too", async () => {
      const { broker } = await newBroker();
      const { received } = await subscribe((await newBroker()).broker);
      const binary = Uint8Array.from({ length: 1024 }, (_, index) => index % 256);
      const largest = new Uint8Array(broker.maxPayloadBytes).fill(7);
      const empty = new Uint8Array(0);
      for (const payload of [binary, empty, largest]) await broker.publish(subject, payload);
      const items = await received.first(3);
      [binary, empty, largest].forEach((payload, index) => {
        const item = items[index];
        expect(item?.constructor).toBe(Uint8Array);
        expect(item && Buffer.compare(item, payload)).toBe(0);
      });
    });

    test("a payload above the limit is refused, and the broker goes on", async () => {
      const { broker } = await newBroker();
      const { received } = await subscribe(broker);
      await expect(broker.publish(subject, new Uint8Array(broker.maxPayloadBytes + 1))).rejects.toMatchObject({
        reason: "MESSAGE_TOO_LARGE",
      });
      await broker.publish(subject, bytes("small"));
      expect(texts(await received.first(1))).toEqual(["small"]);
    });

    test("a listener is not called from inside publish", async () => {
      const { broker } = await newBroker();
      let inside = false;
      const received = new Received<boolean>();
      cleanup.use(await broker.subscribe(subject, () => received.listener(inside)));
      inside = true;
      const published = broker.publish(subject, bytes("x"));
      inside = false;
      await published;
      expect(await received.first(1)).toEqual([false]);
    });

    test("a listener may publish", async () => {
      const { broker } = await newBroker();
      const { received } = await subscribe(broker, `${subject}.answer`);
      cleanup.use(await broker.subscribe(subject, (payload) => void broker.publish(`${subject}.answer`, payload)));
      await broker.publish(subject, bytes("ping"));
      expect(texts(await received.first(1))).toEqual(["ping"]);
    });

    test("a disposed subscription is not called again, the others are; disposing twice is fine", async () => {
      const { broker } = await newBroker();
      const ended = await subscribe(broker);
      const going = await subscribe(broker);
      await broker.publish(subject, bytes("before"));
      await Promise.all([ended.received.first(1), going.received.first(1)]);
      await Promise.all([ended.handle[Symbol.asyncDispose](), ended.handle[Symbol.asyncDispose]()]);
      await ended.handle[Symbol.asyncDispose]();
      await broker.publish(subject, bytes("after"));
      await going.received.first(2);
      expect(texts(ended.received.items)).toEqual(["before"]);
    });

    test("what is on its way when a subscription is disposed is not delivered", async () => {
      const { broker } = await newBroker();
      const ended = await subscribe(broker);
      const going = await subscribe(broker);
      await broker.publish(subject, bytes("late"));
      await ended.handle[Symbol.asyncDispose]();
      const countAtDispose = ended.received.items.length;
      await broker.publish(subject, bytes("later"));
      await going.received.first(2);
      expect(ended.received.items).toHaveLength(countAtDispose);
    });

    test("what a listener throws is logged and harms nobody", async () => {
      const { broker, context } = await newBroker();
      let calls = 0;
      cleanup.use(
        await broker.subscribe(subject, () => {
          calls += 1;
          throw new Error("listener is broken");
        }),
      );
      const { received } = await subscribe(broker);
      await broker.publish(subject, bytes("one"));
      await broker.publish(subject, bytes("two"));
      expect(texts(await received.first(2))).toEqual(["one", "two"]);
      // The others may hear of a message first.
      await expect.poll(() => calls, { timeout: 20_000 }).toBe(2);
      const errors = context.lines.filter(({ level }) => level === "error");
      expect(errors).toHaveLength(2);
      expect(errors[0]?.fields).toMatchObject({ subject, error: new Error("listener is broken") });
    });

    test("a listener that changes its payload harms no other", async () => {
      const { broker } = await newBroker();
      cleanup.use(await broker.subscribe(subject, (payload) => void payload.fill(0)));
      const { received } = await subscribe(broker);
      await broker.publish(subject, bytes("kept"));
      expect(texts(await received.first(1))).toEqual(["kept"]);
    });

    test("a message without a subscriber is no error", async () => {
      const { broker } = await newBroker();
      await broker.publish(subject, bytes("nobody"));
    });

    test("a disposed broker ends its subscriptions, refuses work, and leaves others alone", async () => {
      const { broker } = await newBroker();
      const { broker: other } = await newBroker();
      const ended = await subscribe(broker);
      const going = await subscribe(other);
      await Promise.all([broker[Symbol.asyncDispose](), broker[Symbol.asyncDispose]()]);
      await ended.handle[Symbol.asyncDispose]();
      await other.publish(subject, bytes("after"));
      await going.received.first(1);
      expect(ended.received.items).toEqual([]);
      await expect(broker.publish(subject, bytes("x"))).rejects.toMatchObject({ reason: "PLUGIN_FAILED" });
      await expect(broker.subscribe(subject, () => {})).rejects.toMatchObject({ reason: "PLUGIN_FAILED" });
    });

    test("what was published just before disposal still arrives", async () => {
      const { broker } = await newBroker();
      const { received } = await subscribe((await newBroker()).broker);
      await broker.publish(subject, bytes("last words"));
      await broker[Symbol.asyncDispose]();
      expect(texts(await received.first(1))).toEqual(["last words"]);
    });
  });
}
