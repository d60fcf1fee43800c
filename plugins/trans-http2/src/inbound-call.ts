import type { ServerUnaryCall, sendUnaryData } from "@grpc/grpc-js";
import { type InboundCall, M3Error, type TransHost } from "m3game";
import { reasonError } from "m3game/internal";
import { errorStatus } from "./error-status.ts";
import { readInboundHead } from "./inbound-head.ts";

export interface InboundOptions {
  readonly maxMessageBytes: number;
  /** The monotonic clock that deadlines are told on, in milliseconds. */
  readonly now: () => number;
}

const nothing = new Uint8Array();

/** Hands one gRPC call to the app and its answer back. A notify call is answered as soon as the app has it. */
export function dispatchInbound(
  host: TransHost,
  call: ServerUnaryCall<Uint8Array, Uint8Array>,
  answer: sendUnaryData<Uint8Array>,
  options: InboundOptions,
): void {
  let inbound: InboundCall;
  let open = true;
  const finish = (send: () => void) => {
    if (!open) return;
    open = false;
    send();
  };
  const respond = (payload: Uint8Array) => finish(() => answer(null, payload));
  const fail = (error: M3Error) => finish(() => answer(errorStatus(error)));
  try {
    inbound = {
      ...readInboundHead(call.metadata),
      method: call.getPath(),
      deadline: options.now() + Number(call.getDeadline()) - Date.now(),
      payload: call.request,
      onCancel: undefined,
      fail,
      respond(payload) {
        if (payload.length > options.maxMessageBytes) fail(responseTooLarge(call.getPath(), payload, options));
        else respond(payload);
      },
    };
  } catch (error) {
    fail(M3Error.from(error));
    return;
  }
  // grpc-js tells this of every call in the end, also of those that were answered.
  call.on("cancelled", () => finish(() => inbound.onCancel?.()));
  host.dispatch(inbound);
  if (inbound.notify) respond(nothing);
}

function responseTooLarge(method: string, payload: Uint8Array, { maxMessageBytes }: InboundOptions): M3Error {
  const size = `the response of ${method} has ${payload.length} bytes; the transport carries ${maxMessageBytes}`;
  return reasonError("MESSAGE_TOO_LARGE", `${size}: raise MaxMessageBytes on both sides or send less`, {
    notExecuted: false,
  });
}
