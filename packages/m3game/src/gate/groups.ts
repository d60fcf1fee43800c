import type { PlayerSession } from "./player-session.ts";

const nobody: ReadonlySet<PlayerSession> = new Set();

/** Which sessions of this gate get what is pushed to a group. */
export class Groups {
  readonly #members = new Map<string, Set<PlayerSession>>();

  members(group: string): ReadonlySet<PlayerSession> {
    return this.#members.get(group) ?? nobody;
  }

  add(group: string, session: PlayerSession): void {
    const members = this.#members.get(group);
    if (members === undefined) this.#members.set(group, new Set([session]));
    else members.add(session);
  }

  delete(group: string, session: PlayerSession): void {
    const members = this.#members.get(group);
    members?.delete(session);
    if (members?.size === 0) this.#members.delete(group);
  }
}
