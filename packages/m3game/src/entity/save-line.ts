/** What can stand in a line: where it does, and its neighbours there. */
export interface LineMember<T extends LineMember<T>> {
  line: SaveLine<T> | undefined;
  before: T | undefined;
  after: T | undefined;
}

/** Members in the order in which they came, of which any may step out. One stands in one line at most. */
export class SaveLine<T extends LineMember<T>> {
  #first: T | undefined;
  #last: T | undefined;

  get first(): T | undefined {
    return this.#first;
  }

  /** Puts a member that stands in no line at the end. */
  add(member: T): void {
    member.line = this;
    member.before = this.#last;
    if (this.#last === undefined) this.#first = member;
    else this.#last.after = member;
    this.#last = member;
  }

  remove(member: T): void {
    const { before, after } = member;
    if (before === undefined) this.#first = after;
    else before.after = after;
    if (after === undefined) this.#last = before;
    else after.before = before;
    member.line = undefined;
    member.before = undefined;
    member.after = undefined;
  }
}
