import type { AppId } from "../meta/app-id.ts";
import { M3Error, reasonError } from "../meta/error.ts";
import { RouteType } from "../meta/route-type.ts";
import type { Logger } from "../plugin/log.ts";
import type { Router } from "../plugin/router.ts";
import type { CallHead } from "../plugin/trans.ts";
import type { Carrier, RoutedCall } from "../rpc/carrier.ts";
import { type Connect, Peer } from "./peer.ts";
import { ServiceTable } from "./service-table.ts";

export interface MeshOptions {
  readonly app: AppId;
  readonly router: Router;
  readonly connect: Connect;
  readonly log: Logger;
}

/** Sends calls to the instances of services, each service watched from its first use on. */
export class Mesh implements Carrier, AsyncDisposable {
  readonly #options: MeshOptions;
  readonly #tables = new Map<string, ServiceTable>();
  readonly #loading = new Map<string, Promise<ServiceTable>>();
  readonly #watches: AsyncDisposable[] = [];
  #closed = false;

  constructor(options: MeshOptions) {
    this.#options = options;
  }

  /** The table of a service, watched from now on. Rejects when the registry can't be asked. */
  async table(service: string): Promise<ServiceTable> {
    const table = this.#tables.get(service);
    if (table !== undefined) return table;
    let loading = this.#loading.get(service);
    if (loading === undefined) {
      loading = this.#load(service).finally(() => this.#loading.delete(service));
      this.#loading.set(service, loading);
    }
    return loading;
  }

  send(call: RoutedCall): void {
    if (this.#closed) return call.fail(stopped());
    const table = this.#tables.get(call.targetService);
    if (table !== undefined) return this.#sendFrom(table, call);
    this.table(call.targetService).then(
      (loaded) => {
        if (!call.settled) this.#sendFrom(loaded, call);
      },
      (error) => call.fail(M3Error.from(error)),
    );
  }

  release(call: RoutedCall, cancelled: boolean): void {
    const peer = call.carrierState;
    if (!(peer instanceof Peer)) return;
    call.carrierState = undefined;
    peer.release(call, cancelled);
  }

  /**
   * The app that should have got this call, by this app's own view of its own service; undefined when it is this app or
   * nobody can tell.
   */
  betterTarget(call: CallHead): string | undefined {
    if (call.routeType !== RouteType.HASH && call.routeType !== RouteType.SINGLE) return undefined;
    const { app } = this.#options;
    const table = this.#tables.get(app.service);
    const peer = call.routeType === RouteType.HASH ? table?.owner(call.hashKey, call.metadata) : table?.single();
    return peer === undefined || peer.instance.app === app.app ? undefined : peer.instance.app;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    await Promise.allSettled(this.#loading.values());
    await Promise.allSettled(this.#watches.map((watch) => watch[Symbol.asyncDispose]()));
    await Promise.allSettled([...this.#tables.values()].map((table) => table[Symbol.asyncDispose]()));
  }

  async #load(service: string): Promise<ServiceTable> {
    if (this.#closed) throw stopped();
    const table = new ServiceTable(service, this.#options.connect);
    const watch = await this.#options.router.watch(service, (instances) => {
      table.update(instances);
      this.#options.log.debug("instances changed", { service, instances: instances.map(({ app }) => app) });
    });
    this.#watches.push(watch);
    this.#tables.set(service, table);
    return table;
  }

  #sendFrom(table: ServiceTable, call: RoutedCall): void {
    const peer = choose(table, call);
    if (peer === undefined) return call.fail(noInstance(table, call));
    call.carrierState = peer;
    call.aimAt?.(peer.instance);
    peer.send(call);
  }
}

// No reason to try again: the app that calls is the one that is gone.
function stopped(): M3Error {
  return reasonError("CONTEXT_ENDED", "this app has stopped and makes no more calls");
}

function choose(table: ServiceTable, { route, metadata }: RoutedCall): Peer | undefined {
  switch (route.kind) {
    case "p2p":
      return table.get(route.app);
    case "random":
      return table.random(metadata);
    case "hash":
      return table.owner(route.key, metadata);
    case "single":
      return table.single();
    case "broadcast":
    case "multicast":
      throw new TypeError(`a ${route.kind} goes through the broker`);
  }
}

function noInstance(table: ServiceTable, { route }: RoutedCall): M3Error {
  const apps = table.instances.map(({ app }) => app).join(", ");
  return reasonError(
    "NO_INSTANCE",
    route.kind === "p2p"
      ? `app ${route.app} is not registered; ${apps ? `registered are ${apps}` : `no app of ${table.service} is`}`
      : `no app of ${table.service} is registered; is one started, in this env and world?`,
  );
}
