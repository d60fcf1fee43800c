import { create, type Message } from "@bufbuild/protobuf";
import type { MaybePromise } from "../rpc/interceptor.ts";
import type { ServerCall } from "./server-call.ts";

/** Has another app run the call. Rejects with that app's error. */
export function forwardCall(call: ServerCall, app: string): MaybePromise<Message> {
  const answer = call.forwardTo(app);
  // Of a one-way call there is none.
  return call.meta.notify ? create(call.meta.output) : answer;
}
