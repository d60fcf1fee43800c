import type { SessionTime } from "./keepalive.ts";

/** From the main thread to the keepalive thread. */
export type KeepaliveCommand =
  | (SessionTime & {
      readonly kind: "start";
      readonly session: number;
      /** URL of a `LeaseRenewerModule`. */
      readonly module: string;
      readonly data: unknown;
      readonly cells: SharedArrayBuffer;
      /** How long the main thread may be silent until renewals stop, in milliseconds. */
      readonly stallMs: number;
    })
  | { readonly kind: "stop"; readonly session: number }
  | { readonly kind: "end" };

/** From the keepalive thread to the main thread. */
export type KeepaliveReport =
  | { readonly kind: "renewed"; readonly session: number; readonly deadline: number }
  | { readonly kind: "failed"; readonly session: number; readonly problem: string }
  | { readonly kind: "lost"; readonly session: number; readonly why: string }
  | { readonly kind: "stopped"; readonly session: number };
