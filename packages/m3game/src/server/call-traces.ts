import type { Message } from "@bufbuild/protobuf";
import type { Clock } from "../meta/clock.ts";
import { type CodeName, codeName } from "../meta/code.ts";
import { type M3Error, reasonError } from "../meta/error.ts";
import { GateMetaKey } from "../meta/gate-meta-key.ts";
import type { Metadata } from "../meta/metadata.ts";
import type { MethodMeta } from "../meta/service-meta.ts";

/** A call that is over, or was refused before it began: then it has no request. */
export interface EndedCall {
  readonly method: string;
  readonly metadata: Metadata;
  readonly hashKey: string;
  readonly chain: string;
  readonly sourceApp: string;
  readonly meta?: MethodMeta;
  readonly request?: Message;
  readonly startedAt?: number;
}

/** What is kept of a call. */
export interface TracedCall {
  /** Milliseconds since the epoch. */
  readonly endedAt: number;
  readonly method: string;
  readonly caller: string;
  readonly code: CodeName | "OK";
  readonly reason: string;
  readonly ms: number;
}

/** What whoever follows an id is told. */
export interface TraceAnswer {
  readonly calls: readonly TracedCall[];
  /** To be given with the next question. */
  readonly cursor: number;
  /** Calls since the beginning that were not kept, for want of room or because there were too many. */
  readonly lost: number;
}

/** How long a trace goes on when nobody asks for it, in milliseconds. */
const lastsMs = 10_000;
const maxTraces = 8;
const maxKept = 500;
const maxPerSecond = 200;

/** The calls of single players or actors that operators follow, each kept until it was told. */
export class CallTraces {
  /** False: there is nothing to keep, which is all that a call costs then. */
  isOn = false;
  readonly #clock: Clock;
  readonly #traces = new Map<string, Trace>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * Calls of an id since the last question. The first question begins the trace `name`, and no other for 10 s ends it. What came
   * before `cursor` is forgotten. Throws OVERLOADED when too many are followed.
   */
  follow(name: string, id: string, cursor: number): TraceAnswer & { readonly isNew: boolean } {
    this.#endOld();
    const key = JSON.stringify([name, id]);
    const known = this.#traces.get(key);
    if (known === undefined && this.#traces.size >= maxTraces) {
      throw reasonError("OVERLOADED", `${maxTraces} ids are followed already: end another m3 trace`);
    }
    const trace = known ?? new Trace(id);
    this.#traces.set(key, trace);
    this.isOn = true;
    trace.end = this.#clock.now() + lastsMs;
    return { ...trace.tell(known === undefined ? 0 : cursor), isNew: known === undefined };
  }

  /** Keeps the call where somebody follows an id of it. */
  add(call: EndedCall, error: M3Error | undefined): void {
    this.#endOld();
    const now = this.#clock.now();
    for (const trace of this.#traces.values()) {
      if (!concerns(call, trace.id)) continue;
      trace.add(now, {
        ...{ endedAt: Date.now(), method: call.method, caller: call.sourceApp },
        ...{ code: error === undefined ? "OK" : codeName(error.code), reason: error?.reason ?? "" },
        ms: call.startedAt === undefined ? 0 : now - call.startedAt,
      });
    }
  }

  /** Whose of the ids that somebody follows the call is, for those who serve the calls made during it; empty: nobody's. */
  mark(call: EndedCall): string {
    const ids = new Set(Array.from(this.#traces.values(), ({ id }) => id));
    return [...ids]
      .filter((id) => concerns(call, id))
      .map(encodeURIComponent)
      .join(",");
  }

  #endOld(): void {
    const now = this.#clock.now();
    for (const [key, { end }] of this.#traces) if (end <= now) this.#traces.delete(key);
    this.isOn = this.#traces.size > 0;
  }
}

class Trace {
  readonly id: string;
  /** On the app's clock. */
  end = 0;
  #calls: TracedCall[] = [];
  /** How many were told and forgotten. */
  #told = 0;
  #lost = 0;
  #secondEnds = 0;
  #inSecond = 0;

  constructor(id: string) {
    this.id = id;
  }

  add(now: number, call: TracedCall): void {
    if (now >= this.#secondEnds) {
      this.#secondEnds = now + 1000;
      this.#inSecond = 0;
    }
    this.#inSecond++;
    if (this.#inSecond > maxPerSecond || this.#calls.length >= maxKept) this.#lost++;
    else this.#calls.push(call);
  }

  tell(cursor: number): TraceAnswer {
    const received = Math.min(Math.max(0, cursor - this.#told), this.#calls.length);
    this.#calls = this.#calls.slice(received);
    this.#told += received;
    return { calls: this.#calls, cursor: this.#told + this.#calls.length, lost: this.#lost };
  }
}

/** True for a call of this player, to this actor, that an actor with this id waits for, or that is made on behalf of such a call. */
function concerns({ metadata, hashKey, chain, meta, request }: EndedCall, id: string): boolean {
  if (hashKey === id || metadata.get(GateMetaKey.player) === id) return true;
  const name = encodeURIComponent(id);
  if (`${chain},`.includes(`/${name},`)) return true;
  if (metadata.get(GateMetaKey.followed)?.split(",").includes(name)) return true;
  if (meta === undefined) return false;
  const { actorKey } = meta.service;
  if (actorKey !== "" && metadata.get(actorKey) === id) return true;
  return request !== undefined && meta.routeKey?.read(request) === id;
}
