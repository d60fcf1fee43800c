import type { GateError } from "./gate-error.ts";

/**
 * `connecting`; `online`, `resumed`: the session goes on, with all pushes unless `pushesLost`, otherwise it is a new one; `offline`:
 * it connects again in `retryInMs`; `closed`: for good, by `close` or because the gate said so.
 */
export type ClientState =
  | { readonly state: "connecting" }
  | { readonly state: "online"; readonly resumed: boolean; readonly pushesLost: boolean }
  | { readonly state: "offline"; readonly error: GateError; readonly retryInMs: number }
  | { readonly state: "closed"; readonly error: GateError | undefined };
