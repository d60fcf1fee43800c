import { describeError, type Output } from "@m3game/cli";

/** Prints one line for each thing tried, and says at the end whether all was well. */
export class SmokeReport {
  readonly #stdout: Output;
  #isWell = true;

  constructor(stdout: Output) {
    this.#stdout = stdout;
  }

  /** Does something and prints what came of it: what it resolves with, or why it failed. Never rejects. */
  async attempt(what: string, work: () => Promise<unknown>): Promise<void> {
    try {
      const found = await work();
      this.#stdout.write(`ok      ${what}${found === undefined ? "" : ` -> ${JSON.stringify(found)}`}\n`);
    } catch (error) {
      this.#stdout.write(`failed  ${what}: ${describeError(error, false)}\n`);
      this.#isWell = false;
    }
  }

  /** True when nothing failed. */
  end(): boolean {
    this.#stdout.write(this.#isWell ? "All is well.\n" : "Something is wrong: see above.\n");
    return this.#isWell;
  }
}
