import type { DescMessage, DescMethodUnary, MessageInitShape, MessageShape } from "@bufbuild/protobuf";
import { Code, M3Error, type PluginCallOptions, type PluginContext } from "m3game";

/** Calls of the leader of the online apps, with their failures as the lease contract names them. */
export class LeaseCalls {
  readonly #context: PluginContext;
  readonly #timeoutMs: number;
  isStopped = false;

  constructor(context: PluginContext, timeoutMs: number) {
    this.#context = context;
    this.#timeoutMs = timeoutMs;
  }

  async call<I extends DescMessage, O extends DescMessage>(
    method: DescMethodUnary<I, O>,
    request: MessageInitShape<I>,
    options: PluginCallOptions = {},
  ): Promise<MessageShape<O>> {
    if (this.isStopped) throw failed("lease_online is stopped: the app that owns it has ended");
    try {
      return await this.#context.call(method, request, { timeoutMs: this.#timeoutMs, ...options });
    } catch (cause) {
      const error = M3Error.from(cause);
      const text = `lease_online: ${method.name}: ${error.message}`;
      if (error.notExecuted) throw failed(text, cause);
      throw unknownOutcome(text, cause);
    }
  }
}

function failed(message: string, cause?: unknown): M3Error {
  return new M3Error(Code.UNAVAILABLE, message, { reason: "PLUGIN_FAILED", cause });
}

/** What was asked for may have been done: asking again finds out. */
export function unknownOutcome(message: string, cause?: unknown): M3Error {
  return new M3Error(Code.UNKNOWN, message, { reason: "UNKNOWN_OUTCOME", cause });
}
