import type { Instance, Link, LinkState, OutboundCall } from "../../src/index.ts";
import type { Connect } from "../../src/mesh/peer.ts";

/** A link that a test sets up and down; it keeps what is sent. */
export class FakeLink implements Link {
  state: LinkState = "connecting";
  disposed = false;
  readonly instance: Instance;
  readonly sent: OutboundCall[] = [];
  readonly cancelled: OutboundCall[] = [];
  readonly #onState: (state: LinkState) => void;

  constructor(instance: Instance, onState: (state: LinkState) => void) {
    this.instance = instance;
    this.#onState = onState;
  }

  become(state: LinkState): void {
    this.state = state;
    this.#onState(state);
  }

  send(call: OutboundCall): void {
    this.sent.push(call);
  }

  cancel(call: OutboundCall): void {
    this.cancelled.push(call);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.disposed = true;
    this.state = "down";
  }
}

/** Makes fake links and keeps them, the newest of each app by its id. */
export function fakeConnect(): { connect: Connect; links: Map<string, FakeLink> } {
  const links = new Map<string, FakeLink>();
  const connect: Connect = (instance, onState) => {
    const link = new FakeLink(instance, onState);
    links.set(instance.app, link);
    return link;
  };
  return { connect, links };
}

/** A registry entry of `test.w1.back.<ins>`. */
export function instanceOf(ins: number | string, meta: Readonly<Record<string, string>> = {}): Instance {
  return { app: `test.w1.back.${ins}`, service: "test.w1.back", host: "127.0.0.1", port: 1, meta };
}
