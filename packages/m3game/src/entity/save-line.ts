import type { SaveGroup } from "./save-group.ts";

/** Groups in the order in which they came, of which any may step out. A group stands in one line at most. */
export class SaveLine {
  #first: SaveGroup | undefined;
  #last: SaveGroup | undefined;

  get first(): SaveGroup | undefined {
    return this.#first;
  }

  /** Puts a group that stands in no line at the end. */
  add(group: SaveGroup): void {
    group.line = this;
    group.before = this.#last;
    if (this.#last === undefined) this.#first = group;
    else this.#last.after = group;
    this.#last = group;
  }

  remove(group: SaveGroup): void {
    const { before, after } = group;
    if (before === undefined) this.#first = after;
    else before.after = after;
    if (after === undefined) this.#last = before;
    else after.before = before;
    group.line = undefined;
    group.before = undefined;
    group.after = undefined;
  }
}
