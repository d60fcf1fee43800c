import { expect, test } from "vitest";
import { contextOf, spanFields, withContext } from "./span-context.ts";

const trace = "0af7651916cd43dd8448eb211c80319c";
const span = "b7ad6b7169203331";
const traceparent = `00-${trace}-${span}-01`;

test("the context of a call is read from its metadata, and written there", () => {
  const context = contextOf(
    new Map([
      ["traceparent", traceparent],
      ["tracestate", "a=1"],
    ]),
  );
  expect(context).toEqual({ traceparent, tracestate: "a=1" });
  expect(spanFields({ traceparent, tracestate: "" })).toEqual({ trace_id: trace, span_id: span });
  const other = { traceparent: traceparent.replace(/1$/, "0"), tracestate: "" };
  const before = new Map([
    ["user", "june"],
    ["traceparent", traceparent],
    ["tracestate", "a=1"],
  ]);
  expect([...withContext(before, other)]).toEqual([
    ["user", "june"],
    ["traceparent", other.traceparent],
  ]);
  expect(before.get("tracestate")).toBe("a=1");
});

test("a later version may say more", () => {
  expect(contextOf(new Map([["traceparent", `01-${trace}-${span}-01-more`]]))).toBeDefined();
});

test.each([
  "",
  "00",
  `00-${trace}-${span}`,
  `ff-${trace}-${span}-01`,
  `00-${"0".repeat(32)}-${span}-01`,
  `00-${trace}-${"0".repeat(16)}-01`,
  `00-${trace.toUpperCase()}-${span}-01`,
  `00-${trace}-${span}-01-more`,
  `00-${trace}-${span}-011`,
])("%j is no context", (text) => {
  expect(contextOf(new Map([["traceparent", text]]))).toBeUndefined();
});
