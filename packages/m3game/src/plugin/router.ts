/** One running app as the registry shows it. */
export interface Instance {
  /** App id, `env.world.func.ins`. */
  readonly app: string;
  /** Service id, `env.world.func`. */
  readonly service: string;
  /** Where plain gRPC is served; of another transport where there is no gRPC. */
  readonly host: string;
  /** 0 when the transport has no port of its own. */
  readonly port: number;
  /** `m3appver`, and an endpoint per transport as `m3ep.<scheme>`. At most 64 pairs of at most 512 characters. */
  readonly meta: Readonly<Record<string, string>>;
}

/** A registered instance. Disposing takes it out of the registry. */
export interface Registration extends AsyncDisposable {
  /**
   * Enters it with other meta, as the same incarnation. Does nothing once a newer one has replaced it, or it was disposed. Rejects
   * with PLUGIN_FAILED when the server can't be reached: the next time that the entry is written it has the new meta.
   */
  update(meta: Instance["meta"]): Promise<void>;
}

/**
 * The registry: who is there, watched and not polled.
 *
 * Every watcher of one service sees the same instances in the end; between a change and its notice there is a delay that
 * the implementation documents. A router that loses its server keeps the last known tables, logs it once, and catches
 * up by itself.
 */
export interface Router extends AsyncDisposable {
  /**
   * Enters the instance as healthy; it is seen by watchers at once. An older entry of the same app id is replaced: the
   * newest incarnation wins, and disposing the older registration then removes nothing.
   *
   * Rejects with PLUGIN_FAILED when the server can't be reached. Resolves once the entry is in the registry.
   * Disposing the registration is idempotent and resolves when the entry is gone, or rejects when the server can't be
   * reached (the entry then expires by itself).
   */
  register(instance: Instance): Promise<Registration>;

  /**
   * Calls `listener` with the full table of healthy instances of one service, sorted by app id, first before the
   * returned promise resolves (an empty table too) and then at every change, never twice with the same content.
   * `listener` must not throw. After the returned handle was disposed it is not called again.
   *
   * Rejects with PLUGIN_FAILED when the first table can't be had.
   */
  watch(service: string, listener: (instances: readonly Instance[]) => void): Promise<AsyncDisposable>;

  /**
   * The ids of the services that have an entry at the moment, sorted; also of those whose instances are not healthy, and
   * what other programs have in the registry may be among them. For operators: it asks the server each time.
   *
   * Rejects with PLUGIN_FAILED when the server can't be reached.
   */
  services(): Promise<readonly string[]>;

  /**
   * Keeps a text of at most 512 characters for a service, in place of the one before, for as long as the registry keeps anything:
   * instances come and go, it stays. It is no entry. Rejects with PLUGIN_FAILED when the server can't be reached, or does not
   * allow it.
   */
  keep(service: string, text: string): Promise<void>;

  /** The text that was kept last for a service, undefined when there is none. Rejects as `keep`. */
  kept(service: string): Promise<string | undefined>;
}
