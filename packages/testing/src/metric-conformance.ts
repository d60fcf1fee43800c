import type { Metrics, PluginContext } from "m3game";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type MetricSample, sampleValue } from "./metric-sample.ts";
import { createPluginContext, type TestPluginContext } from "./plugin-context.ts";

/** Which metric plugin the suite is about. */
export interface MetricConformanceOptions {
  /** Names the suite. */
  readonly name: string;
  /** Starts the metrics of one app. */
  create(context: PluginContext): Metrics | Promise<Metrics>;
  /** What those who look at them see now. */
  read(metrics: Metrics): readonly MetricSample[] | Promise<readonly MetricSample[]>;
}

/** Checks a metric plugin against its contract. Call it in a test file. */
export function runMetricConformance(options: MetricConformanceOptions): void {
  describe(`metric conformance: ${options.name}`, () => {
    let cleanup: AsyncDisposableStack;
    let context: TestPluginContext;
    let metrics: Metrics;

    beforeEach(async () => {
      cleanup = new AsyncDisposableStack();
      context = createPluginContext("test.world1.club.1");
      metrics = cleanup.use(await options.create(context));
    });

    afterEach(() => cleanup.disposeAsync());

    const value = async (name: string, labels?: Record<string, string>, of = metrics) =>
      sampleValue(await options.read(of), name, labels);

    test("a counter adds up, by one where nothing else is said", async () => {
      const counter = metrics.counter({ name: "calls_total", help: "Calls" });
      expect(await value("calls_total")).toBe(0);
      counter.add();
      counter.add(2.5);
      counter.add(0);
      expect(await value("calls_total")).toBe(3.5);
    });

    test("a counter can't go down", async () => {
      const counter = metrics.counter({ name: "calls_total", help: "Calls" });
      counter.add(2);
      expect(() => counter.add(-1)).toThrow(RangeError);
      expect(await value("calls_total")).toBe(2);
    });

    test("a gauge is set, and goes up and down", async () => {
      const gauge = metrics.gauge({ name: "rooms", help: "Rooms" });
      gauge.set(7);
      gauge.add(2);
      gauge.add(-10);
      expect(await value("rooms")).toBe(-1);
      gauge.set(3);
      expect(await value("rooms")).toBe(3);
    });

    test("a histogram counts what is at most each bound", async () => {
      const histogram = metrics.histogram({ name: "wait_seconds", help: "Waits", buckets: [0.1, 1] });
      for (const seconds of [0.05, 0.1, 0.5, 3]) histogram.observe(seconds);
      expect(await value("wait_seconds_bucket", { le: "0.1" })).toBe(2);
      expect(await value("wait_seconds_bucket", { le: "1" })).toBe(3);
      expect(await value("wait_seconds_bucket", { le: "+Inf" })).toBe(4);
      expect(await value("wait_seconds_count")).toBe(4);
      expect(await value("wait_seconds_sum")).toBeCloseTo(3.65);
    });

    test("a summary shows its quantiles, three where nothing else is said", async () => {
      const summary = metrics.summary({ name: "size_bytes", help: "Sizes", quantiles: [0.5, 1] });
      const usual = metrics.summary({ name: "usual_bytes", help: "Sizes" });
      for (let size = 1; size <= 101; size++) {
        summary.observe(size);
        usual.observe(size);
      }
      expect(await value("size_bytes", { quantile: "0.5" })).toBeCloseTo(51, -1);
      expect(await value("size_bytes", { quantile: "1" })).toBe(101);
      expect(await value("size_bytes_count")).toBe(101);
      expect(await value("size_bytes_sum")).toBe(5151);
      for (const quantile of ["0.5", "0.9", "0.99"])
        expect(await value("usual_bytes", { quantile })).toBeGreaterThan(50);
    });

    test("each set of labels is a series of its own, looked up each time or once", async () => {
      const labels = ["method", "code"];
      const counter = metrics.counter({ name: "calls_total", help: "Calls", labels });
      const bound = counter.with({ method: "Hello", code: "OK" });
      bound.add();
      counter.add(2, { code: "OK", method: "Hello" });
      counter.add(5, { method: "Hello", code: "INTERNAL" });
      metrics
        .gauge({ name: "rooms", help: "Rooms", labels: ["map"] })
        .with({ map: "north" })
        .set(4);
      const histogram = metrics.histogram({ name: "wait_seconds", help: "Waits", labels: ["map"], buckets: [1] });
      histogram.with({ map: "north" }).observe(0.5);
      histogram.observe(2, { map: "north" });
      metrics
        .summary({ name: "size_bytes", help: "Sizes", labels: ["map"] })
        .with({ map: "south" })
        .observe(9);
      expect(await value("calls_total", { method: "Hello", code: "OK" })).toBe(3);
      expect(await value("calls_total", { method: "Hello", code: "INTERNAL" })).toBe(5);
      expect(await value("rooms", { map: "north" })).toBe(4);
      expect(await value("wait_seconds_bucket", { map: "north", le: "1" })).toBe(1);
      expect(await value("wait_seconds_count", { map: "north" })).toBe(2);
      expect(await value("size_bytes_sum", { map: "south" })).toBe(9);
    });

    test("any text may be the value of a label", async () => {
      const counter = metrics.counter({
        name: "calls_total",
        help: 'With "quotes", a \\ and\nlines',
        labels: ["text"],
      });
      const texts = ['say "hi"', "a\\b", "two\nlines", "字", "", "a,b}"];
      for (const [index, text] of texts.entries()) counter.add(index + 1, { text });
      for (const [index, text] of texts.entries()) expect(await value("calls_total", { text })).toBe(index + 1);
    });

    test.each([{}, { method: "Hello" }, { method: "Hello", code: "OK", more: "x" }, { method: "Hello", cod: "OK" }])(
      "the labels %j are refused where method and code are declared",
      async (labels: Record<string, string>) => {
        const declared = { help: "-", labels: ["method", "code"] };
        const counter = metrics.counter({ name: "a", ...declared });
        const gauge = metrics.gauge({ name: "b", ...declared });
        const histogram = metrics.histogram({ name: "c", buckets: [1], ...declared });
        const summary = metrics.summary({ name: "d", ...declared });
        for (const record of [
          () => counter.add(1, labels),
          () => counter.with(labels),
          () => gauge.set(1, labels),
          () => gauge.add(1, labels),
          () => histogram.observe(1, labels),
          () => summary.observe(1, labels),
        ]) {
          expect(record).toThrow(TypeError);
        }
        expect(() => counter.add()).toThrow(TypeError);
      },
    );

    test("a value that is no number harms nothing", async () => {
      const counter = metrics.counter({ name: "calls_total", help: "Calls" });
      const gauge = metrics.gauge({ name: "rooms", help: "Rooms" });
      const histogram = metrics.histogram({ name: "wait_seconds", help: "Waits", buckets: [1] });
      const summary = metrics.summary({ name: "size_bytes", help: "Sizes" });
      counter.add();
      for (const odd of [Number.NaN, Number.POSITIVE_INFINITY]) {
        counter.add(odd);
        gauge.add(odd);
        histogram.observe(odd);
        summary.observe(odd);
      }
      expect(await value("calls_total")).toBe(1);
      expect(await value("rooms")).toBe(0);
      expect(await value("wait_seconds_count")).toBe(0);
      expect(await value("size_bytes_count")).toBe(0);
    });

    test("asking again gives the same metric; another one of that name is refused", async () => {
      const labels = ["method"];
      metrics.counter({ name: "calls_total", help: "Calls", labels }).add(1, { method: "a" });
      metrics.counter({ name: "calls_total", help: "Calls", labels }).add(1, { method: "a" });
      expect(await value("calls_total", { method: "a" })).toBe(2);
      expect(() => metrics.gauge({ name: "calls_total", help: "Calls", labels })).toThrow(TypeError);
      expect(() => metrics.counter({ name: "calls_total", help: "Calls" })).toThrow(TypeError);
      expect(() => metrics.counter({ name: "calls_total", help: "Calls", labels: ["code"] })).toThrow(TypeError);
    });

    test.each(["", "9lives", "a-b", "a b", "日"])("%j is no name of a metric", (name) => {
      expect(() => metrics.counter({ name, help: "-" })).toThrow(TypeError);
    });

    test("who wants to is asked before each look, until the disposal; what throws is logged", async () => {
      const gauge = metrics.gauge({ name: "rooms", help: "Rooms" });
      let looks = 0;
      const breaking = metrics.onCollect(() => {
        throw new Error("broken");
      });
      const asking = metrics.onCollect(() => gauge.set(++looks));
      expect(await value("rooms")).toBe(1);
      expect(await value("rooms")).toBe(2);
      const [line] = context.lines.filter(({ level }) => level === "error");
      expect(line?.fields).toMatchObject({ error: new Error("broken") });
      breaking[Symbol.dispose]();
      asking[Symbol.dispose]();
      asking[Symbol.dispose]();
      expect(await value("rooms")).toBe(2);
    });

    test("the metrics of two apps of one process are apart", async () => {
      const other = cleanup.use(await options.create(createPluginContext("test.world1.club.2")));
      metrics.counter({ name: "calls_total", help: "Calls" }).add(1);
      other.counter({ name: "calls_total", help: "Calls" }).add(5);
      expect(await value("calls_total")).toBe(1);
      expect(await value("calls_total", {}, other)).toBe(5);
    });

    test("a disposed one takes what is recorded still, and disposing twice is fine", async () => {
      const counter = metrics.counter({ name: "calls_total", help: "Calls" });
      await Promise.all([metrics[Symbol.asyncDispose](), metrics[Symbol.asyncDispose]()]);
      await metrics[Symbol.asyncDispose]();
      counter.add();
      metrics.gauge({ name: "rooms", help: "Rooms" }).set(1);
    });
  });
}
