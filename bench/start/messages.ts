/** To the process of the app, once it is ready. */
export interface AppRequest {
  readonly kind: "memory";
}

export type AppReply =
  | { readonly kind: "ready"; readonly cpuUs: number }
  | { readonly kind: "memory"; readonly rssMiB: number };
