import type { Instance } from "m3game";
import type { Member } from "./member.ts";

/** Who is registered, as all members are told. It may be told wrongly. */
export class Registry {
  readonly #members: readonly Member[];
  readonly #instances = new Map<string, Instance>();
  readonly #hidden = new Map<string, number>();

  constructor(members: readonly Member[]) {
    this.#members = members;
    for (const member of members) {
      member.on("message", (message) => {
        if (message.kind === "register") this.#instances.set(message.instance.app, message.instance);
        else if (message.kind === "leave") this.#instances.delete(message.app);
        else return;
        this.tell(...members);
      });
      member.on("gone", () => {
        if (this.#instances.delete(member.id)) this.tell(...members);
      });
    }
  }

  /** Leaves an app out until `show` is called as often. */
  hide(app: string): void {
    this.#hidden.set(app, (this.#hidden.get(app) ?? 0) + 1);
    this.tell(...this.#members);
  }

  show(app: string): void {
    this.#hidden.set(app, Math.max(0, (this.#hidden.get(app) ?? 0) - 1));
    this.tell(...this.#members);
  }

  tell(...members: readonly Member[]): void {
    const shown = [...this.#instances.values()].filter(({ app }) => !this.#hidden.get(app));
    const instances = shown
      .toSorted((a, b) => (a.app < b.app ? -1 : 1))
      .map((each) => ({ ...each, meta: { ...each.meta } }));
    for (const member of members) member.tell({ kind: "instances", instances });
  }
}
