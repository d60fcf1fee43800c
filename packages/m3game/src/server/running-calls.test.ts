import { expect, test } from "vitest";
import { RunningCall, RunningCalls } from "./running-calls.ts";

class NamedCall extends RunningCall {
  readonly deadline = Number.POSITIVE_INFINITY;
  readonly method: string;

  constructor(method: string) {
    super();
    this.method = method;
  }

  abandon(): void {}
  onDeadline(): void {}
}

function namesOf(calls: RunningCalls): readonly string[] {
  return [...calls].map(({ method }) => method).toSorted();
}

test("calls are taken out wherever they stand, and may come back", () => {
  const calls = new RunningCalls();
  const [a, b, c] = [new NamedCall("a"), new NamedCall("b"), new NamedCall("c")];
  for (const call of [a, b, c]) calls.add(call);
  expect(namesOf(calls)).toEqual(["a", "b", "c"]);
  calls.remove(b);
  expect(namesOf(calls)).toEqual(["a", "c"]);
  calls.remove(c);
  calls.add(b);
  calls.remove(a);
  expect(namesOf(calls)).toEqual(["b"]);
  calls.remove(b);
  expect(namesOf(calls)).toEqual([]);
  expect(calls.size).toBe(0);
});

test("a call may be taken out while they are gone through", () => {
  const calls = new RunningCalls();
  for (const name of ["a", "b", "c"]) calls.add(new NamedCall(name));
  for (const call of calls) calls.remove(call);
  expect(calls.size).toBe(0);
});
