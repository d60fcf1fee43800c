import { type DeliveredSpan, runTraceConformance } from "@m3game/testing";
import { traceStdout } from "@m3game/trace-stdout";
import { afterAll, beforeAll, vi } from "vitest";
import { z } from "zod";

const line = z.object({
  span: z.string(),
  kind: z.enum(["internal", "server", "client", "producer", "consumer"]),
  trace_id: z.string(),
  span_id: z.string(),
  parent_id: z.string().default(""),
  error: z.string().optional(),
  attributes: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).default({}),
  links: z.array(z.string()).default([]),
});

let written = "";

beforeAll(() => {
  vi.spyOn(process.stdout, "write").mockImplementation((text, ...rest) => {
    written += text;
    const [onWritten] = rest.filter((argument) => typeof argument === "function");
    onWritten?.();
    return true;
  });
});

afterAll(() => void vi.restoreAllMocks());

runTraceConformance({
  name: "trace_stdout",
  create: (context, ratio) => traceStdout.create(traceStdout.config.parse({ Ratio: ratio }), context),
  delivered: () => {
    const lines = written.split("\n").filter((text) => text.startsWith('{"time":'));
    written = "";
    return lines.map((text): DeliveredSpan => {
      const { span, kind, attributes, links, ...ids } = line.parse(JSON.parse(text));
      return {
        ...{ name: span, kind, attributes, links },
        ...{ traceId: ids.trace_id, spanId: ids.span_id, parentSpanId: ids.parent_id },
        isError: ids.error !== undefined,
      };
    });
  },
});
