/** How a server model lets other handlers in while one waits for a call of its own. */
export interface Turn {
  /** The handler made a call and may start to wait for it. */
  leave(): void;
  /** The call ended: runs `deliver`, which hands its result to the handler, as soon as the handler may go on. */
  resume(deliver: () => void): void;
}
