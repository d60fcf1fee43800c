import type { Output } from "@m3game/cli";

/** What an app prints when a player's call reaches it for the first time. */
export function met(version: string, player: string): string {
  return `version ${version} has met player ${player}`;
}

/** Which players met which versions, by what the apps print; all of that is passed on. */
export class Meetings implements Output {
  readonly #next: Output;
  readonly #players = new Map<string, Set<string>>();

  constructor(next: Output) {
    this.#next = next;
  }

  /** The players that this version has met. */
  of(version: string): ReadonlySet<string> {
    return this.#players.get(version) ?? new Set();
  }

  write(text: string): void {
    this.#next.write(text);
    for (const [, version = "", player = ""] of text.matchAll(/version (\S+) has met player (\S+)/g)) {
      this.#players.set(version, new Set(this.#players.get(version)).add(player));
    }
  }
}
