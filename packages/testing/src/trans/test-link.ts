import type { Link, LinkState, Trans } from "m3game";
import { Received } from "../received.ts";
import { callerApp, TestCall } from "./test-call.ts";

/** A link with its states and what was sent over it. */
export class TestLink {
  readonly link: Link;
  /** The state at first, then each that `onState` was told. */
  readonly states = new Received<LinkState>();

  constructor(trans: Trans, targetApp: string, endpoint: string) {
    this.link = trans.connect({
      sourceApp: callerApp,
      targetApp,
      endpoint,
      onState: this.states.listener,
    });
    this.states.listener(this.link.state);
  }

  /** Resolves once the link is in this state, at once when it is. */
  async until(state: LinkState): Promise<void> {
    await this.states.until((last) => last === state);
  }

  send(fields?: ConstructorParameters<typeof TestCall>[0]): TestCall {
    const call = new TestCall(fields);
    this.link.send(call);
    return call;
  }
}
