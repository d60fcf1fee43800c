import type { Clock, Timer } from "../meta/clock.ts";
import type { Turn } from "./turn.ts";

export interface TurnLockOptions {
  readonly clock: Clock;
  /** A turn that others wait for is taken away after this time, in milliseconds. */
  readonly stuckAfterMs: number;
  /** Told of a turn that was taken away. */
  readonly onStuck: (turn: AsyncTurn) => void;
}

/** Gives one handler at a time its turn; handlers that come back from a call go before new ones. */
export class TurnLock {
  readonly #options: TurnLockOptions;
  readonly #entering: AsyncTurn[] = [];
  readonly #resuming: AsyncTurn[] = [];
  #holder: AsyncTurn | undefined;
  #watchdog: Timer | undefined;

  constructor(options: TurnLockOptions) {
    this.#options = options;
  }

  /** How many new handlers wait. */
  get waiting(): number {
    return this.#entering.length;
  }

  /** Takes the lock when it is free and nobody waits. */
  tryEnter(turn: AsyncTurn): boolean {
    if (this.#holder !== undefined || this.#entering.length > 0 || this.#resuming.length > 0) return false;
    this.#holder = turn;
    return true;
  }

  /** `turn.onGranted` runs when it is its turn. */
  enter(turn: AsyncTurn): void {
    this.#entering.push(turn);
    this.#watch();
  }

  /** The same for a handler that had its turn before. */
  reenter(turn: AsyncTurn): void {
    this.#resuming.push(turn);
    if (this.#holder === undefined) this.#grantSoon();
    else this.#watch();
  }

  holds(turn: AsyncTurn): boolean {
    return this.#holder === turn;
  }

  /** Gives the lock back; nothing happens when the turn does not hold it. */
  release(turn: AsyncTurn): void {
    if (this.#holder !== turn) return;
    this.#holder = undefined;
    this.#watchdog?.cancel();
    this.#watchdog = undefined;
    this.#grantSoon();
  }

  // Never within the code of the handler that gives the lock back: it runs on to its next await first.
  #grantSoon(): void {
    if (this.#entering.length > 0 || this.#resuming.length > 0) queueMicrotask(() => this.#grant());
  }

  #grant(): void {
    if (this.#holder !== undefined) return;
    const next = this.#resuming.shift() ?? this.#entering.shift();
    if (next === undefined) return;
    this.#holder = next;
    this.#watch();
    next.onGranted();
  }

  #watch(): void {
    if (this.#watchdog !== undefined || this.#holder === undefined) return;
    const { clock, stuckAfterMs, onStuck } = this.#options;
    const stuck = this.#holder;
    this.#watchdog = clock.after(stuckAfterMs, () => {
      this.#watchdog = undefined;
      if (this.#holder !== stuck) return;
      if (this.#entering.length === 0 && this.#resuming.length === 0) return;
      onStuck(stuck);
      this.release(stuck);
    });
  }
}

/** The turn of one handler. It does not hold the lock while a call made through the handler's context is under way. */
export class AsyncTurn implements Turn {
  readonly name: string;
  readonly #lock: TurnLock;
  readonly #deliveries: (() => void)[] = [];
  #start: (() => void) | undefined;
  #outstanding = 0;
  #ended = false;

  constructor(lock: TurnLock, name: string, start: () => void) {
    this.#lock = lock;
    this.name = name;
    this.#start = start;
  }

  leave(): void {
    this.#outstanding++;
    this.#lock.release(this);
  }

  resume(deliver: () => void): void {
    this.#outstanding--;
    // A handler that is over holds no turn: whoever still waits for the call gets it at once.
    if (this.#ended || this.#lock.holds(this)) return deliver();
    this.#deliveries.push(deliver);
    if (this.#deliveries.length === 1) this.#lock.reenter(this);
  }

  onGranted(): void {
    const start = this.#start;
    if (start !== undefined) {
      this.#start = undefined;
      start();
      return;
    }
    for (const deliver of this.#deliveries.splice(0)) deliver();
    if (this.#ended) this.#lock.release(this);
    // It may still wait for another call of its own, which may need this very server: let others in meanwhile.
    else if (this.#outstanding > 0) setImmediate(() => this.#outstanding > 0 && this.#lock.release(this));
  }

  /** The handler is over. */
  end(): void {
    this.#ended = true;
    this.#lock.release(this);
  }
}
