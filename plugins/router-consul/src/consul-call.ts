import { EventEmitter } from "node:events";

/** What the Consul client takes beside a call's own options; its types leave `ctx` and `timeout` out. */
export interface CallOptions {
  readonly token?: string;
  readonly timeout: number;
  readonly ctx: CallContext;
}

/** Carries the client's event `cancel`, and whether it shall answer `[response, body]` instead of the body. */
export class CallContext extends EventEmitter {
  includeResponse = false;
}

/**
 * Makes one call to Consul, with a time limit. Abort ends it and rejects. The client's errors hold the request, and so
 * the token: they are replaced by ones with the message alone.
 */
export async function callConsul<T>(
  send: (options: CallOptions) => Promise<T>,
  options: {
    readonly timeoutMs: number;
    readonly token?: string | undefined;
    readonly signal?: AbortSignal | undefined;
  },
): Promise<T> {
  const { timeoutMs, token, signal } = options;
  signal?.throwIfAborted();
  const ctx = new CallContext();
  const cancel = () => ctx.emit("cancel");
  signal?.addEventListener("abort", cancel);
  try {
    return await send({ timeout: timeoutMs, ctx, ...(token !== undefined && { token }) });
  } catch (error) {
    throw new Error(messageOf(error));
  } finally {
    signal?.removeEventListener("abort", cancel);
  }
}

function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code = "code" in error && typeof error.code === "string" ? error.code : "";
  const message = error.message.includes(code) ? error.message : `${error.message} ${code}`;
  return `${message.trim()}${bodyOf(error)}`;
}

/** Consul says in the answer's body why it refuses a call. */
function bodyOf(error: Error): string {
  const response = "response" in error ? error.response : undefined;
  if (typeof response !== "object" || response === null || !("body" in response)) return "";
  const body = String(response.body).trim();
  return body === "" || error.message.includes(body) ? "" : ` (${body.slice(0, 300)})`;
}
