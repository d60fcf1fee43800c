import { createMemoryHub } from "../plugin/memory/memory-hub.ts";
import type { App } from "./app.ts";
import type { AppDefinition } from "./define-app.ts";
import { type StartOptions, startApp } from "./start-app.ts";

/** One app of a cluster. */
export interface ClusterMember extends Omit<StartOptions, "hub" | "clock"> {
  /** What `defineApp` gave. */
  readonly app: AppDefinition;
}

/** Several apps in one process that see only each other. Disposing stops them in the reverse order. */
export interface Cluster extends AsyncDisposable {
  /** All of them, in the order of their start, those that have stopped too. */
  readonly apps: readonly App[];
  /** The app with this id, the last one that was started. Throws RangeError when there is none. */
  app(id: string): App;
  /** Starts one more. */
  start(member: ClusterMember): Promise<App>;
}

/** What all apps of a cluster share. */
export interface ClusterOptions extends Pick<StartOptions, "clock"> {}

/**
 * Starts apps in one process, one after the other, on a registry, a broker and, where their configs name no transport,
 * a network of their own in memory. Rejects with the first failure, with the others stopped again.
 */
export async function startCluster(members: readonly ClusterMember[], options: ClusterOptions = {}): Promise<Cluster> {
  const hub = createMemoryHub();
  const apps: App[] = [];
  const cluster: Cluster = {
    apps,
    app(id) {
      const found = apps.findLast((app) => app.id.app === id);
      if (found === undefined)
        throw new RangeError(`the cluster has no app ${id}; it has ${apps.map((app) => app.id.app)}`);
      return found;
    },
    async start({ app, ...rest }) {
      const started = await startApp(app, { ...options, ...rest, hub });
      apps.push(started);
      return started;
    },
    async [Symbol.asyncDispose]() {
      for (const app of apps.toReversed()) await app.stop();
    },
  };
  try {
    for (const member of members) await cluster.start(member);
  } catch (error) {
    await cluster[Symbol.asyncDispose]();
    throw error;
  }
  return cluster;
}
