import type { Clock } from "../meta/clock.ts";
import type { M3Error } from "../meta/error.ts";
import { GateMetaKey } from "../meta/gate-meta-key.ts";
import type { InboundCall } from "../plugin/trans.ts";
import { ClientsCall } from "./clients-call.ts";

/** A call that a client made, and what became of it. */
interface Kept {
  readonly sequence: number;
  answer: Uint8Array | M3Error | undefined;
  /** What it takes, once it is answered. */
  bytes: number;
  /** While it runs, or is elsewhere. */
  call: ClientsCall | undefined;
  /** The same call, come again while it runs. */
  waiting: Set<InboundCall> | undefined;
}

interface Session {
  /** In the order they came. A list, as each of the tables that a Map has over time would keep calls for long. */
  readonly calls: Kept[];
  lastSequence: number;
  usedAt: number;
}

const maxCallsPerSession = 32;
const maxBytes = 16 * 1024 * 1024;
const lifeMs = 180_000;
/** How exactly it is known which session was used longest ago: to put one behind the others costs more than all else. */
const usedWithinMs = 1000;

/**
 * The last answers to calls that clients made through gates. A call that comes again, because its connection or its gate was
 * lost, is answered from here and does not run twice.
 */
export class KeptAnswers {
  readonly #clock: Clock;
  /** The one used longest ago first. */
  readonly #sessions = new Map<string, Session>();
  #bytes = 0;
  #trimmedAt = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** What is to be run: the call itself when no client made it; undefined when its answer is here, or will be. */
  admit(inbound: InboundCall): InboundCall | undefined {
    const sessionId = inbound.metadata.get(GateMetaKey.session);
    const sequence = inbound.metadata.get(GateMetaKey.sequence);
    if (sessionId === undefined || sequence === undefined || inbound.notify) return inbound;
    const session = this.#use(sessionId);
    const number = Number(sequence);
    // Most are new, and need no look at the others.
    const known = number > session.lastSequence ? undefined : session.calls.find((call) => call.sequence === number);
    if (known === undefined) return this.#record(session, number, inbound);
    if (known.answer !== undefined) {
      answerWith(inbound, known.answer);
      return undefined;
    }
    const handedOnAs = inbound.metadata.get(GateMetaKey.handedOn);
    // No other one: it runs nowhere, and its answer is the one that the first waits for.
    if (handedOnAs !== undefined && handedOnAs === known.call?.handedOnAs) {
      return new ClientsCall(inbound, (answer) => this.#answered(session, known, answer));
    }
    wait(known, inbound);
    return undefined;
  }

  /** The call is about to be handed on to another app; should it come back, it is run. */
  handOn(inbound: InboundCall): void {
    if (inbound instanceof ClientsCall) inbound.handOn();
  }

  #record(session: Session, sequence: number, inbound: InboundCall): InboundCall {
    const kept: Kept = { sequence, answer: undefined, bytes: 0, call: undefined, waiting: undefined };
    const { calls } = session;
    calls.push(kept);
    session.lastSequence = Math.max(session.lastSequence, sequence);
    while (calls.length > maxCallsPerSession) {
      // One that runs is needed for as long as it runs.
      const oldest = calls.find(({ answer }) => answer !== undefined);
      if (oldest === undefined) break;
      this.#forget(session, oldest);
    }
    kept.call = new ClientsCall(inbound, (answer) => this.#answered(session, kept, answer));
    return kept.call;
  }

  #answered(session: Session, kept: Kept, answer: Uint8Array | M3Error): void {
    // One that came back is answered to the first, too.
    if (kept.answer !== undefined) return;
    kept.call = undefined;
    // Sent again it has another chance, and no effect twice.
    if (!(answer instanceof Uint8Array) && answer.notExecuted) this.#forget(session, kept);
    else {
      kept.bytes = sizeOf(answer);
      this.#bytes += kept.bytes;
    }
    kept.answer = answer;
    for (const inbound of kept.waiting ?? []) answerWith(inbound, answer);
    kept.waiting = undefined;
    this.#trim();
  }

  #use(id: string): Session {
    const now = this.#clock.now();
    const known = this.#sessions.get(id);
    if (known !== undefined && now - known.usedAt < usedWithinMs) return known;
    const session: Session = known ?? { calls: [], lastSequence: 0, usedAt: now };
    session.usedAt = now;
    this.#sessions.delete(id);
    this.#sessions.set(id, session);
    return session;
  }

  /** Drops what nobody will ask for any more, and what there is no room for. */
  #trim(): void {
    const now = this.#clock.now();
    if (this.#bytes <= maxBytes && now - this.#trimmedAt < usedWithinMs) return;
    this.#trimmedAt = now;
    // Each once, also where one is put behind the others.
    let left = this.#sessions.size;
    for (const [id, session] of this.#sessions) {
      if (left-- === 0 || (session.usedAt >= now - lifeMs && this.#bytes <= maxBytes)) return;
      for (const call of session.calls.filter(({ answer }) => answer !== undefined)) this.#forget(session, call);
      this.#sessions.delete(id);
      if (session.calls.length === 0) continue;
      // While a call of it runs it is in use; those behind it must not wait for that.
      session.usedAt = now;
      this.#sessions.set(id, session);
    }
  }

  #forget({ calls }: Session, call: Kept): void {
    const at = calls.indexOf(call);
    if (at < 0) return;
    // Nearly always the oldest, and `splice` would make another list for it.
    if (at === 0) calls.shift();
    else calls.splice(at, 1);
    this.#bytes -= call.bytes;
  }
}

// What an entry takes beside its answer.
const entryBytes = 200;

function sizeOf(answer: Uint8Array | M3Error): number {
  return entryBytes + (answer instanceof Uint8Array ? answer.length : answer.message.length);
}

function wait(known: Kept, inbound: InboundCall): void {
  known.waiting ??= new Set();
  known.waiting.add(inbound);
  inbound.onCancel = () => known.waiting?.delete(inbound);
}

function answerWith(inbound: InboundCall, answer: Uint8Array | M3Error): void {
  if (answer instanceof Uint8Array) inbound.respond(answer);
  else inbound.fail(answer);
}
