import type { DescService } from "@bufbuild/protobuf";
import type { InboundCall, TransHost } from "m3game";
import { Received } from "../received.ts";
import { createEchoService } from "./echo-service.ts";

/** An app behind a transport that keeps every call. Calls are left open unless `answer` says otherwise. */
export class RecordingHost implements TransHost {
  readonly app: string;
  readonly services: readonly DescService[];
  readonly controls: readonly DescService[];
  readonly calls = new Received<InboundCall>();
  /** What `isReady` says. */
  ready = true;
  /** Called with each call after it was recorded. */
  answer: (call: InboundCall) => void = () => {};

  constructor(
    app: string,
    services: readonly DescService[] = [createEchoService()],
    controls: readonly DescService[] = [],
  ) {
    this.app = app;
    this.services = services;
    this.controls = controls;
  }

  dispatch(call: InboundCall): void {
    this.calls.listener(call);
    this.answer(call);
  }

  isReady(): boolean {
    return this.ready;
  }
}

/** Answers a call with its own payload. */
export function echo(call: InboundCall): void {
  call.respond(call.payload);
}
