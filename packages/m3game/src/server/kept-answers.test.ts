import { createManualClock } from "@m3game/testing";
import { expect, test } from "vitest";
import { type M3Error, reasonError } from "../meta/error.ts";
import { emptyMetadata, type Metadata } from "../meta/metadata.ts";
import { RouteType } from "../meta/route-type.ts";
import type { InboundCall } from "../plugin/trans.ts";
import { KeptAnswers } from "./kept-answers.ts";

/** A call of a client as a transport brings it, with what it was answered. */
class Incoming implements InboundCall {
  readonly method = "/m3test.GameSer/Say";
  readonly deadline = Number.POSITIVE_INFINITY;
  readonly routeType = RouteType.RANDOM;
  readonly hashKey = "";
  readonly targetService = "";
  readonly hops = 0;
  readonly chain = "";
  readonly notify = false;
  readonly payload = new Uint8Array(0);
  readonly sourceApp = "";
  readonly targetApp = "";
  readonly metadata: Metadata;
  readonly answers: (string | undefined)[] = [];
  onCancel: (() => void) | undefined = undefined;

  constructor(session: string, sequence: number, metadata: Metadata = emptyMetadata) {
    const pairs = [
      ["gate-session", session],
      ["gate-sequence", `${sequence}`],
    ] as const;
    this.metadata = session === "" ? emptyMetadata : new Map([...metadata, ...pairs]);
  }

  respond(payload: Uint8Array): void {
    this.answers.push(new TextDecoder().decode(payload));
  }

  fail(error: M3Error): void {
    this.answers.push(error.reason);
  }
}

function setUp() {
  const clock = createManualClock();
  const kept = new KeptAnswers(clock);
  const arrive = (session: string, sequence: number, metadata?: Metadata) => {
    const incoming = new Incoming(session, sequence, metadata);
    return { incoming, run: kept.admit(incoming) };
  };
  const handOn = (call: InboundCall | undefined) => call && kept.handOn(call);
  return { clock, arrive, handOn };
}

const bytes = (text: string) => new TextEncoder().encode(text);

test("a call that comes again is answered from what was kept, and does not run", () => {
  const { arrive } = setUp();
  const first = arrive("a", 1);
  first.run?.respond(bytes("done"));
  const again = arrive("a", 1);
  expect(again.run).toBeUndefined();
  expect([first.incoming.answers, again.incoming.answers]).toEqual([["done"], ["done"]]);
  for (const other of [arrive("a", 2), arrive("b", 1)]) expect(other.run).toBeDefined();
});

test("a call that comes again while it runs waits for the same answer, also when the first one's gate is gone", () => {
  const { arrive } = setUp();
  const first = arrive("a", 1);
  first.incoming.onCancel?.();
  const [again, gone] = [arrive("a", 1), arrive("a", 1)];
  gone.incoming.onCancel?.();
  first.run?.respond(bytes("done"));
  expect([first, again, gone].map(({ incoming }) => incoming.answers)).toEqual([[], ["done"], []]);
});

test("a call that was handed on and comes back runs; the same call of another gate waits for it", () => {
  const { arrive, handOn } = setUp();
  const first = arrive("a", 1);
  handOn(first.run);
  const [back, again] = [arrive("a", 1, first.run?.metadata), arrive("a", 1)];
  expect(again.run).toBeUndefined();
  back.run?.respond(bytes("done"));
  // By way of the app that had sent it back.
  first.run?.respond(bytes("done"));
  expect([first, back, again].map(({ incoming }) => incoming.answers)).toEqual([["done"], ["done"], ["done"]]);
  expect(arrive("a", 1).run).toBeUndefined();
});

test("a call that was not handed on does not run again, whatever it says", () => {
  const { arrive, handOn } = setUp();
  const other = arrive("b", 1);
  handOn(other.run);
  const [first, again] = [arrive("a", 1), arrive("a", 1, other.run?.metadata)];
  expect([first.run !== undefined, again.run]).toEqual([true, undefined]);
});

test("an error is an answer, unless the call did not run: then it runs when it comes again", () => {
  const { arrive } = setUp();
  arrive("a", 1).run?.fail(reasonError("HANDLER_FAILED", ""));
  expect(arrive("a", 1).incoming.answers).toEqual(["HANDLER_FAILED"]);
  arrive("a", 2).run?.fail(reasonError("OVERLOADED", ""));
  expect(arrive("a", 2).run).toBeDefined();
});

test("a call that no client made is none of its business", () => {
  const { arrive } = setUp();
  const { incoming, run } = arrive("", 0);
  expect(run).toBe(incoming);
});

test("of one session the newest answers are kept, of all sessions those of the last minutes", () => {
  const { clock, arrive } = setUp();
  for (let sequence = 1; sequence <= 40; sequence++) arrive("a", sequence).run?.respond(bytes("done"));
  expect(arrive("a", 40).run).toBeUndefined();
  expect(arrive("a", 1).run).toBeDefined();
  clock.advance(200_000);
  arrive("b", 1).run?.respond(bytes("done"));
  expect(arrive("a", 40).run).toBeDefined();
});

test("large answers leave when there is no room, the oldest first", () => {
  const { arrive } = setUp();
  for (const session of ["a", "b", "c"]) arrive(session, 1).run?.respond(new Uint8Array(7 * 1024 * 1024));
  expect(["a", "b", "c"].map((session) => arrive(session, 1).run === undefined)).toEqual([false, true, true]);
});

test("a session of which a call runs for long does not keep the answers of others from leaving", () => {
  const { arrive } = setUp();
  const slow = arrive("slow", 1);
  for (const session of ["a", "b", "c"]) arrive(session, 1).run?.respond(new Uint8Array(7 * 1024 * 1024));
  expect(["a", "b", "c"].map((session) => arrive(session, 1).run === undefined)).toEqual([false, true, true]);
  const again = arrive("slow", 1);
  slow.run?.respond(bytes("done"));
  expect(again.incoming.answers).toEqual(["done"]);
});
