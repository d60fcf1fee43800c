/** What was loaded anew and waits to take effect. Exactly one of its methods is called, once; neither throws. */
export interface PendingReload {
  /** From now on the new applies, all of it. */
  commit(): void;
  /** The old stays, since another part of the app could not be loaded: lets go of the new. */
  discard(): void;
}

/** A part of an app that is loaded again while it runs. */
export interface Reloadable {
  /**
   * Reads its files again and checks them; nothing takes effect yet. Rejects with CONFIG_INVALID that names what is
   * wrong: nothing has changed then.
   */
  prepareReload(): Promise<PendingReload>;
}
