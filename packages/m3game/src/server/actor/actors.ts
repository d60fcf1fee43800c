/** The actors of one class on this app: `app.actors(Player)`. */
export interface Actors {
  /** The ids of those that are active. */
  list(): readonly string[];
  /**
   * Activates an actor without calling it, or finds it active. Rejects with NOT_OWNER when another app has it, and with
   * what its `onInit` throws.
   */
  activate(id: string): Promise<void>;
  /** Saves an actor of this app and gives it to another one. Rejects with NOT_OWNER when it is not active here. */
  handOver(id: string, targetApp: string): Promise<void>;
}
