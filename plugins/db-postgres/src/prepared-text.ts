import { createHash } from "node:crypto";

/** A statement that comes again and again: each connection parses it once, under its name. */
export interface PreparedText {
  readonly text: string;
  readonly name: string;
}

export function preparedText(text: string): PreparedText {
  return { text, name: createHash("sha1").update(text).digest("hex") };
}

const maxTexts = 500;

/** Statements by what they do; when there are too many, all are dropped. */
export class PreparedTexts {
  readonly #known = new Map<string, PreparedText>();

  /** The one of this name, which `write` writes the first time. */
  get(name: string, write: () => string): PreparedText {
    const known = this.#known.get(name);
    if (known !== undefined) return known;
    if (this.#known.size >= maxTexts) this.#known.clear();
    const prepared = preparedText(write());
    this.#known.set(name, prepared);
    return prepared;
  }
}
