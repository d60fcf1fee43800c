/** To the process of the app: which transports it starts with, then how it is doing. */
export type AppRequest = { readonly kind: "start"; readonly trans: readonly string[] } | { readonly kind: "memory" };

export type AppReply =
  | { readonly kind: "ready"; readonly cpuUs: number }
  | { readonly kind: "memory"; readonly rssMiB: number };
