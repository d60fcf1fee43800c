import { resolve } from "node:path";
import {
  type App,
  type Client,
  type ConfigSource,
  defineApp,
  defineClient,
  type Instance,
  isM3Error,
  p2p,
  readConfig,
  startApp,
} from "m3game";
import { AdminSer } from "m3game/gen/m3/admin_pb.js";
import { reasonError } from "m3game/internal";
import { createPluginFinder } from "../load/find-plugin.ts";
import type { AdminOptions } from "./admin-options.ts";

/** What one app answered. */
export type Answered<T> =
  | { readonly app: string; readonly answer: T }
  /** It did not. */
  | { readonly app: string; readonly problem: string };

const func = "m3";
const adminClient = defineClient(AdminSer, { func });
const isWay = /^M3__Plugin__(Router|Trans)__/;

/** A running cluster as its registry shows it, seen by somebody who is in it only to ask. */
export class ClusterView implements AsyncDisposable {
  readonly #app: App;
  readonly #options: AdminOptions;

  /** Joins by the router and the transports of an app's config. Rejects as `startApp`, and with CONFIG_INVALID where no router is named. */
  static async join(options: AdminOptions, env: Readonly<Record<string, string | undefined>>): Promise<ClusterView> {
    const config = onlyWays(await readConfig(options.configFile));
    const ways = Object.entries(env).filter(([name]) => isWay.test(name));
    if (!namesRouter(config) && !ways.some(([name]) => name.startsWith("M3__Plugin__Router__"))) {
      throw reasonError(
        "CONFIG_INVALID",
        `${options.configFile} names no router: its apps are known within their own process only; with a [[Plugin.Router.…]] section they are seen from here`,
      );
    }
    const app = await startApp(defineApp({ func, servers: [] }), {
      id: `m3.cli.${func}.${process.pid}`,
      config,
      env: Object.fromEntries(ways),
      resolvePlugin: createPluginFinder(resolve(options.configFile)),
      observes: true,
    });
    return new ClusterView(app, options);
  }

  private constructor(app: App, options: AdminOptions) {
    this.#app = app;
    this.#options = options;
  }

  /** The ids of the services in the worlds that are looked at, sorted. */
  async services(): Promise<readonly string[]> {
    const { world } = this.#options;
    const isApp = (service: string) => service.split(".").length === 3;
    return (await this.#app.services()).filter((service) => isApp(service) && service.startsWith(world && `${world}.`));
  }

  /** The registered instances of this service, or of all services in the worlds that are looked at, sorted. */
  async instances(service?: string): Promise<readonly Instance[]> {
    const services = service === undefined ? await this.services() : [service];
    const tables = await Promise.all(services.map((each) => this.#app.instances(each)));
    return tables.flat();
  }

  /** The id of a service that is named by its function alone, or in full. Those of all worlds that have it. */
  async servicesNamed(name: string): Promise<readonly string[]> {
    return (await this.services()).filter((service) => service === name || service.split(".")[2] === name);
  }

  admin(app: string): Client<typeof AdminSer> {
    return this.#app.client(adminClient).to(p2p(app));
  }

  /** Asks all apps at once. */
  askAll<T>(
    instances: readonly Instance[],
    ask: (admin: Client<typeof AdminSer>, options: { readonly timeoutMs: number }, app: string) => Promise<T>,
  ): Promise<readonly Answered<T>[]> {
    const { timeoutMs } = this.#options;
    return Promise.all(
      instances.map(async ({ app }): Promise<Answered<T>> => {
        try {
          return { app, answer: await ask(this.admin(app), { timeoutMs }, app) };
        } catch (error) {
          if (!isM3Error(error)) throw error;
          return { app, problem: error.message };
        }
      }),
    );
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#app.stop();
  }
}

function namesRouter({ tree }: ConfigSource): boolean {
  const { Plugin: plugins } = tree;
  return typeof plugins === "object" && "Router" in plugins;
}

/** Of a config what leads to other apps: nothing is opened, stored or counted here. */
function onlyWays({ file, tree }: ConfigSource): ConfigSource {
  const plugins = tree.Plugin;
  if (typeof plugins !== "object" || Array.isArray(plugins) || plugins instanceof Date) return { file, tree: {} };
  const ways = Object.entries(plugins).filter(([kind]) => kind === "Router" || kind === "Trans");
  return { file, tree: { Plugin: Object.fromEntries(ways) } };
}
