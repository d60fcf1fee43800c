import { runTraceConformance } from "@m3game/testing";
import { traceOtlp } from "@m3game/trace-otlp";
import { afterAll, beforeAll } from "vitest";
import { OtlpReceiver } from "./support/otlp-receiver.ts";

let receiver: OtlpReceiver;

beforeAll(async () => {
  receiver = await OtlpReceiver.listen();
});

afterAll(() => receiver[Symbol.asyncDispose]());

runTraceConformance({
  name: "trace_otlp",
  create: (context, ratio) => traceOtlp.create(traceOtlp.config.parse({ Host: receiver.url, Ratio: ratio }), context),
  delivered: () => receiver.spans.items.splice(0).map(({ resource, ...span }) => span),
});
