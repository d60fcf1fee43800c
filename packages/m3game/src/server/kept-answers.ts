import type { Clock } from "../meta/clock.ts";
import type { M3Error } from "../meta/error.ts";
import { GateMetaKey } from "../meta/gate-meta-key.ts";
import type { InboundCall } from "../plugin/trans.ts";
import { ClientsCall } from "./clients-call.ts";

/** A call that a client made, and what became of it. */
interface Kept {
  answer: Uint8Array | M3Error | undefined;
  /** The same call, come again while it runs. */
  waiting: Set<InboundCall> | undefined;
}

interface Session {
  readonly calls: Map<string, Kept>;
  usedAt: number;
}

const maxCallsPerSession = 32;
const maxBytes = 16 * 1024 * 1024;
const lifeMs = 180_000;

/**
 * The last answers to calls that clients made through gates. A call that comes again, because its connection or its gate was
 * lost, is answered from here and does not run twice.
 */
export class KeptAnswers {
  readonly #clock: Clock;
  /** The one used longest ago first. */
  readonly #sessions = new Map<string, Session>();
  #bytes = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** What is to be run: the call itself when no client made it; undefined when its answer is here, or will be. */
  admit(inbound: InboundCall): InboundCall | undefined {
    const sessionId = inbound.metadata.get(GateMetaKey.session);
    const sequence = inbound.metadata.get(GateMetaKey.sequence);
    if (sessionId === undefined || sequence === undefined || inbound.notify) return inbound;
    const session = this.#use(sessionId);
    const known = session.calls.get(sequence);
    if (known === undefined) return this.#record(session, sequence, inbound);
    if (known.answer === undefined) wait(known, inbound);
    else answerWith(inbound, known.answer);
    return undefined;
  }

  #record(session: Session, sequence: string, inbound: InboundCall): InboundCall {
    const kept: Kept = { answer: undefined, waiting: undefined };
    session.calls.set(sequence, kept);
    for (const [oldest, { answer }] of session.calls) {
      if (session.calls.size <= maxCallsPerSession) break;
      // One that runs is needed for as long as it runs.
      if (answer !== undefined) this.#forget(session, oldest);
    }
    return new ClientsCall(inbound, (answer) => this.#answered(session, sequence, kept, answer));
  }

  #answered(session: Session, sequence: string, kept: Kept, answer: Uint8Array | M3Error): void {
    // Sent again it has another chance, and no effect twice.
    if (!(answer instanceof Uint8Array) && answer.notExecuted) session.calls.delete(sequence);
    kept.answer = answer;
    if (session.calls.get(sequence) === kept) this.#bytes += sizeOf(answer);
    for (const inbound of kept.waiting ?? []) answerWith(inbound, answer);
    kept.waiting = undefined;
    this.#trim();
  }

  #use(id: string): Session {
    const session = this.#sessions.get(id) ?? { calls: new Map(), usedAt: 0 };
    session.usedAt = this.#clock.now();
    this.#sessions.delete(id);
    this.#sessions.set(id, session);
    return session;
  }

  /** Drops what nobody will ask for any more, and what there is no room for. */
  #trim(): void {
    const old = this.#clock.now() - lifeMs;
    for (const [id, session] of this.#sessions) {
      if (session.usedAt >= old && this.#bytes <= maxBytes) return;
      for (const [sequence, { answer }] of session.calls) if (answer !== undefined) this.#forget(session, sequence);
      if (session.calls.size > 0) return;
      this.#sessions.delete(id);
    }
  }

  #forget(session: Session, sequence: string): void {
    const answer = session.calls.get(sequence)?.answer;
    if (session.calls.delete(sequence) && answer !== undefined) this.#bytes -= sizeOf(answer);
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
