import type { DescService } from "@bufbuild/protobuf";
import { createPluginContext, RecordingHost, TestLink } from "@m3game/testing";
import { transHttp2 } from "@m3game/trans-http2";
import type { Clock, Listener, Trans } from "m3game";
import { systemClock } from "m3game";

type Config = Parameters<typeof transHttp2.config.parse>[0];

/** Starts the transport with a section of the config as a user would write it. */
export async function startTrans(section: Config = {}, clock: Clock = systemClock): Promise<Trans> {
  const context = { ...createPluginContext("test.world1.echo.1"), clock };
  return await transHttp2.create(transHttp2.config.parse(section), context);
}

export interface TestServer extends AsyncDisposable {
  readonly trans: Trans;
  readonly host: RecordingHost;
  readonly listener: Listener;
}

export interface ServerOptions {
  readonly section?: Config;
  readonly clock?: Clock;
  readonly services?: readonly DescService[];
  readonly controls?: readonly DescService[];
}

/** Starts a transport that listens for an app which answers each call with its payload. */
export async function startServer({ section, clock, services, controls }: ServerOptions = {}): Promise<TestServer> {
  const trans = await startTrans(section, clock);
  const host = new RecordingHost("test.world1.echo.1", services, controls);
  host.answer = (call) => call.respond(call.payload);
  const listener = await trans.listen(host);
  return { trans, host, listener, [Symbol.asyncDispose]: () => trans[Symbol.asyncDispose]() };
}

/** A link to the server over `trans`. */
export function linkTo({ host, listener }: TestServer, trans: Trans): TestLink {
  return new TestLink(trans, host.app, listener.endpoint);
}
