import { onTestFinished } from "vitest";
import {
  type AppDefinition,
  type Cluster,
  type ClusterMember,
  defineApp,
  type Handlers,
  multi,
  startCluster,
} from "../../src/index.ts";
import { RecordingLog } from "./recording-log.ts";
import { BackSer, FrontSer } from "./services.ts";

/** The handlers of `BackSer`, which are those of `FrontSer` too. */
export type LineHandlers = Handlers<typeof BackSer>;

const echo: LineHandlers = {
  say: (request) => request,
  repeat: (request) => request,
  tell: () => ({}),
  keyed: (request) => request,
};

/** An app of the function `back`; methods without a handler answer with their request. */
export function backApp(handlers: Partial<LineHandlers> = {}, rest: Partial<AppDefinition> = {}): AppDefinition {
  return defineApp({ func: "back", servers: [multi(BackSer, { ...echo, ...handlers })], ...rest });
}

/** The same of the function `front`. */
export function frontApp(handlers: Partial<LineHandlers> = {}, rest: Partial<AppDefinition> = {}): AppDefinition {
  return defineApp({ func: "front", servers: [multi(FrontSer, { ...echo, ...handlers })], ...rest });
}

/** An app that only calls others. */
export function callerApp(rest: Partial<AppDefinition> = {}): AppDefinition {
  return defineApp({ func: "caller", servers: [], ...rest });
}

/** Starts a cluster that ends with the test, and a log that all its apps write to. */
export async function startTestCluster(members: readonly ClusterMember[]): Promise<Cluster & { log: RecordingLog }> {
  const log = new RecordingLog();
  const withLog = ({ config = "", plugins = [], ...member }: ClusterMember): ClusterMember => ({
    ...member,
    plugins: [...plugins, log.plugin],
    config: typeof config === "string" ? config + log.config : config,
  });
  const cluster = await startCluster(members.map(withLog));
  onTestFinished(() => cluster[Symbol.asyncDispose]());
  return { ...cluster, start: (member) => cluster.start(withLog(member)), log };
}

/** What a promise rejects with. */
export async function failure(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error("it succeeded");
}
