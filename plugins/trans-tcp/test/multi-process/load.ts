import { M3Error } from "m3game";
import { onTestFinished } from "vitest";

export interface Outcome {
  /** What the call answered, undefined when it failed. */
  readonly answer: string | undefined;
  readonly error: M3Error | undefined;
}

/** Calls one after the other, in several lanes, until it is stopped or the test is over. */
export class Load {
  readonly outcomes: Outcome[] = [];
  readonly #lanes: Promise<void>[];
  #stopped = false;

  constructor(lanes: number, call: () => Promise<{ readonly text: string }>) {
    // A test that fails does not come to stop it: it would go on until the memory is full.
    onTestFinished(() => {
      this.#stopped = true;
    });
    this.#lanes = Array.from({ length: lanes }, () => this.#run(call));
  }

  /** Resolves when the last calls are over. */
  async stop(): Promise<readonly Outcome[]> {
    this.#stopped = true;
    await Promise.all(this.#lanes);
    return this.outcomes;
  }

  /** Resolves when this many calls that begin from now on have ended. */
  async more(count: number): Promise<void> {
    const wanted = this.outcomes.length + this.#lanes.length + count;
    while (this.outcomes.length < wanted) await new Promise((resolve) => setImmediate(resolve));
  }

  get errors(): readonly M3Error[] {
    return this.outcomes.flatMap(({ error }) => error ?? []);
  }

  async #run(call: () => Promise<{ readonly text: string }>): Promise<void> {
    while (!this.#stopped) {
      try {
        const { text } = await call();
        this.outcomes.push({ answer: text, error: undefined });
      } catch (error) {
        this.outcomes.push({ answer: undefined, error: M3Error.from(error) });
      }
    }
  }
}
