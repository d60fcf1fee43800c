import type { Direction } from "./steering.ts";

export interface Input {
  readonly move: Direction;
  /** 0n for nobody. */
  readonly targetId: bigint;
}

// As often as the server looks at it.
const shortestMs = 50;

/** Sends what the player wants whenever that changes, at most once in a tick of the server. */
export class InputLine {
  readonly #send: (input: Input) => void;
  #sent: Input = { move: { x: 0, y: 0 }, targetId: 0n };
  #sentAt = Number.NEGATIVE_INFINITY;

  constructor(send: (input: Input) => void) {
    this.#send = send;
  }

  /** What the player wants now. Called for each picture, so what is not sent now is with the next one. */
  update(input: Input, now: number): void {
    if (now - this.#sentAt < shortestMs || isSame(input, this.#sent)) return;
    this.#sent = input;
    this.#sentAt = now;
    this.#send(input);
  }
}

function isSame(one: Input, other: Input): boolean {
  return one.targetId === other.targetId && one.move.x === other.move.x && one.move.y === other.move.y;
}
