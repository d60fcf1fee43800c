import { z } from "zod";
import { reasonError } from "../../meta/error.ts";
import { definePlugin, type PluginDefinition } from "../plugin.ts";
import type { ConnectOptions, Link, Listener, Trans, TransHost } from "../trans.ts";
import { MemoryEndpoint } from "./memory-endpoint.ts";
import type { MemoryHub } from "./memory-hub.ts";
import { MemoryLink } from "./memory-link.ts";
import type { MemoryNetwork } from "./memory-network.ts";

/** The embedded transport, `[[Plugin.Trans.trans_memory]]`: calls between apps that share a hub. It opens no port. */
export function transMemory(hub: MemoryHub): PluginDefinition<"trans"> {
  return definePlugin({
    kind: "trans",
    name: "trans_memory",
    config: z.object({}),
    create: () => new MemoryTrans(hub.network),
  });
}

class MemoryTrans implements Trans {
  readonly scheme = "memory";
  readonly preference = 30;
  readonly isGrpc = false;
  readonly #network: MemoryNetwork;
  readonly #open = new Set<AsyncDisposable>();

  constructor(network: MemoryNetwork) {
    this.#network = network;
  }

  async listen(host: TransHost): Promise<Listener> {
    if (this.#network.find(host.app) !== undefined) {
      throw reasonError("PORT_IN_USE", `an app ${host.app} runs in this process already; give this one another id`);
    }
    const endpoint = new MemoryEndpoint(host);
    this.#network.enter(host.app, endpoint);
    return this.#track({
      endpoint: host.app,
      drain: () => this.#network.drain(host.app, endpoint),
      [Symbol.asyncDispose]: async () => {
        this.#network.remove(host.app, endpoint);
        endpoint.close();
      },
    });
  }

  connect({ targetApp, onState }: ConnectOptions): Link {
    const link = new MemoryLink(
      targetApp,
      () => this.#network.find(targetApp),
      () => {
        unwatch();
        this.#open.delete(link);
      },
    );
    const unwatch = this.#network.watch(targetApp, () => onState(link.state));
    this.#open.add(link);
    return link;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const open of [...this.#open]) await open[Symbol.asyncDispose]();
    this.#open.clear();
  }

  #track<T extends AsyncDisposable>(value: T): T {
    this.#open.add(value);
    return value;
  }
}
