import { formatKeyPath, type KeyPath } from "../config/key-path.ts";

/** Where JSON text is wrong. */
export class JsonProblem extends Error {
  readonly offset: number;

  constructor(offset: number, message: string) {
    super(message);
    this.offset = offset;
  }
}

// One whole string, number or word.
const tokens = {
  string: /"[ !#-[\]-\uffff]*(?:\\(?:[bf"nrt\\/]|u[0-9a-fA-F]{4})[ !#-[\]-\uffff]*)*"/y,
  number: /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y,
  word: /true|false|null/y,
} as const;

/**
 * Reads JSON for its positions: where each value begins, by its key path. `JSON.parse` reads it for its values, but
 * says of errors at best where they are and of values nothing. Throws JsonProblem where `JSON.parse` throws.
 */
export class JsonText {
  readonly #text: string;
  readonly #offsets = new Map<string, number>();
  #at = 0;

  constructor(text: string) {
    this.#text = text;
    this.#value([]);
    if (this.#peek() !== "") throw this.#unexpected("the end of the file");
  }

  /** Where the value at a path begins; where there is none, the innermost one around it. */
  offsetOf(path: KeyPath): number {
    for (let length = path.length; length > 0; length--) {
      const offset = this.#offsets.get(formatKeyPath(path.slice(0, length)));
      if (offset !== undefined) return offset;
    }
    return this.#offsets.get("") ?? 0;
  }

  #value(path: KeyPath): void {
    const first = this.#peek();
    // A key that is there twice: the last one counts, as in JSON.parse.
    this.#offsets.set(formatKeyPath(path), this.#at);
    if (first === "{") return this.#members(path);
    if (first === "[") return this.#entries(path);
    if (first === '"') return void this.#string("a text");
    if (this.#take(tokens.number) === undefined && this.#take(tokens.word) === undefined) {
      throw this.#unexpected("a value");
    }
  }

  #members(path: KeyPath): void {
    this.#list("}", () => {
      this.#peek();
      const key: unknown = JSON.parse(this.#string("a key in double quotes"));
      if (this.#peek() !== ":") throw this.#unexpected(`: after the key ${JSON.stringify(key)}`);
      this.#at++;
      this.#value([...path, String(key)]);
    });
  }

  #entries(path: KeyPath): void {
    let index = 0;
    this.#list("]", () => this.#value([...path, index++]));
  }

  #list(close: "}" | "]", entry: () => void): void {
    this.#at++;
    if (this.#peek() !== close) {
      entry();
      while (this.#peek() === ",") {
        const comma = this.#at++;
        if (this.#peek() === close) throw new JsonProblem(comma, `a comma too much before ${close}`);
        entry();
      }
      if (this.#peek() !== close) throw this.#unexpected(`, or ${close}`);
    }
    this.#at++;
  }

  #string(what: string): string {
    const text = this.#take(tokens.string);
    if (text !== undefined) return text;
    if (this.#text[this.#at] !== '"') throw this.#unexpected(what);
    throw new JsonProblem(
      this.#at,
      "this text does not end on its line, or holds a control character or a \\ that JSON does not know",
    );
  }

  /** The next character that is no blank, empty at the end. */
  #peek(): string {
    while (" \t\r\n".includes(this.#text[this.#at] ?? "x")) this.#at++;
    return this.#text[this.#at] ?? "";
  }

  #take(token: RegExp): string | undefined {
    token.lastIndex = this.#at;
    const [text] = token.exec(this.#text) ?? [];
    this.#at += text?.length ?? 0;
    return text;
  }

  #unexpected(expected: string): JsonProblem {
    const found = String.fromCodePoint(this.#text.codePointAt(this.#at) ?? 0);
    if (this.#at >= this.#text.length) return new JsonProblem(this.#at, `expected ${expected}, but the file ends here`);
    const hint = found === "/" || found === "#" ? "; JSON has no comments" : "";
    return new JsonProblem(this.#at, `expected ${expected}, found ${JSON.stringify(found)}${hint}`);
  }
}
