import type { M3Error } from "../meta/error.ts";
import type { Metadata } from "../meta/metadata.ts";
import type { MethodMeta } from "../meta/service-meta.ts";
import type { Span, SpanContext } from "../plugin/trace.ts";

/** A call, on either side, with room for what observers keep of it. */
export interface ObservedCall {
  readonly meta: MethodMeta;
  span: Span | undefined;
}

/** A call on its way out. */
export interface ObservedClientCall extends ObservedCall {
  metadata: Metadata;
  /** No answer is waited for. */
  readonly notify: boolean;
  /** Service id of the target. */
  readonly targetService: string;
  /** The trace that the call which makes this one belongs to. */
  readonly parentContext: SpanContext | undefined;
  /** The trace of a client that is no app and for which the call is made. @default what the metadata says */
  readonly linkedContext?: SpanContext | undefined;
}

/** A call that is served. */
export interface ObservedServerCall extends ObservedCall {
  readonly metadata: Metadata;
  /** App id of the caller, empty for a client that is no app. */
  readonly sourceApp: string;
}

/** Looks at the calls of one side of one app. */
export interface CallObserver<C extends ObservedCall> {
  begin(call: C): void;
  /** The call is over, once, `tookMs` milliseconds after it began; `error` when it failed. */
  end(call: C, error: M3Error | undefined, tookMs: number): void;
  /** A call was refused before it could begin; `meta` is undefined when this app has no such method. */
  refused?(meta: MethodMeta | undefined, error: M3Error): void;
}

/** One observer for several, undefined for none: nobody pays for looking when nobody looks. */
export function observeAll<C extends ObservedCall>(
  observers: readonly (CallObserver<C> | undefined)[],
): CallObserver<C> | undefined {
  return observers.reduce((first, second) => {
    if (first === undefined || second === undefined) return first ?? second;
    return observeBoth(first, second);
  }, undefined);
}

function observeBoth<C extends ObservedCall>(first: CallObserver<C>, second: CallObserver<C>): CallObserver<C> {
  return {
    begin(call) {
      first.begin(call);
      second.begin(call);
    },
    end(call, error, tookMs) {
      first.end(call, error, tookMs);
      second.end(call, error, tookMs);
    },
    refused(meta, error) {
      first.refused?.(meta, error);
      second.refused?.(meta, error);
    },
  };
}
