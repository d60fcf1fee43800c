import { createManualClock } from "@m3game/testing";
import { expect, test } from "vitest";
import { BackSer } from "../../test/support/services.ts";
import { DeadlineWheel } from "../meta/deadline-wheel.ts";
import { reasonError } from "../meta/error.ts";
import { readServiceMeta } from "../meta/service-meta.ts";
import type { RoutedCall } from "./carrier.ts";
import { RawCall } from "./raw-call.ts";
import { random } from "./route.ts";

/** A call that is sent by `send`. */
function makeCall(send: (call: RoutedCall) => void) {
  const [meta] = readServiceMeta(BackSer).methods;
  if (meta === undefined) throw new Error("the service has no method");
  const clock = createManualClock();
  const runtime = {
    ...{ sourceApp: "test.w1.gate.1", clock, wheel: new DeadlineWheel(clock) },
    carrier: { send, release() {} },
  };
  const call = new RawCall(runtime, {
    ...{ meta, payload: new Uint8Array(0), route: random(), targetService: "test.w1.back" },
    ...{ deadline: 1000, metadata: new Map(), linkedContext: undefined },
  });
  return { clock, call };
}

test("a call that waits to be sent again when its time is over fails with why it was not, as after a pause of the process", async () => {
  const { clock, call } = makeCall((sent) => sent.fail(reasonError("NO_INSTANCE", "nobody is there")));
  const answer = call.run();
  call.onDeadline();
  await expect(answer).rejects.toMatchObject({ reason: "NO_INSTANCE", notExecuted: true });
  clock.advance(1000);
  expect(clock.pending).toBe(0);
});

test("a call that is under way then fails with DEADLINE", async () => {
  const { clock, call } = makeCall(() => {});
  const answer = expect(call.run()).rejects.toMatchObject({ reason: "DEADLINE", notExecuted: false });
  clock.advance(1010);
  await answer;
});
