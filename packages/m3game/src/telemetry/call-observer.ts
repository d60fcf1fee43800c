import type { M3Error } from "../meta/error.ts";
import type { Metadata } from "../meta/metadata.ts";
import type { MethodMeta } from "../meta/service-meta.ts";
import type { Span, SpanContext } from "../plugin/trace.ts";

/** A call, on either side, with room for what observers keep of it. */
export interface ObservedCall {
  readonly meta: MethodMeta;
  /** When it began, on the app's clock in milliseconds. */
  startedAt: number;
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
  /** The call is over, once; `error` when it failed. */
  end(call: C, error: M3Error | undefined): void;
  /** A call was refused before it could begin; `meta` is undefined when this app has no such method. */
  refused?(meta: MethodMeta | undefined, error: M3Error): void;
}

/** One observer for several, undefined for none: nobody pays for looking when nobody looks. */
export function observeAll<C extends ObservedCall>(
  observers: readonly (CallObserver<C> | undefined)[],
): CallObserver<C> | undefined {
  const all = observers.filter((observer) => observer !== undefined);
  if (all.length <= 1) return all[0];
  return {
    begin(call) {
      for (const observer of all) observer.begin(call);
    },
    end(call, error) {
      for (const observer of all) observer.end(call, error);
    },
    refused(meta, error) {
      for (const observer of all) observer.refused?.(meta, error);
    },
  };
}
