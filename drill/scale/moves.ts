import type { Output } from "@m3game/cli";

/** An actor that has moved. */
export interface Move {
  /** When that was told, by `performance.now()`. */
  readonly at: number;
  /** The app that it moved to. */
  readonly app: string;
  readonly actor: string;
  /** How long no turn of it could run, in milliseconds. */
  readonly pausedMs: number;
}

/** Which actors move, by what apps log at the level DEBUG as JSON; what they print otherwise is passed on. */
export class Moves implements Output {
  readonly #next: Output;
  readonly #all: Move[] = [];

  constructor(next: Output) {
    this.#next = next;
  }

  /** Those that moved in this span. */
  during(from: number, to: number): readonly Move[] {
    return this.#all.filter(({ at }) => at >= from && at <= to);
  }

  write(text: string): void {
    const [, app = "", line = ""] = /^\[(\S+)\] (\{.*"an actor has moved here".*\})$/m.exec(text) ?? [];
    if (line === "") return void this.#next.write(text);
    const { actor, pausedMs }: { actor: string; pausedMs: number } = JSON.parse(line);
    this.#all.push({ at: performance.now(), app, actor, pausedMs });
  }
}
