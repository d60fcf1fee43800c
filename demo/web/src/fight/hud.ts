import { div, element, span } from "../ui/dom.ts";
import type { Battle, ShownFighter } from "./battle.ts";

const mouseHint =
  "WASD or arrows to move, or hold the mouse · click an enemy to choose it · you attack whoever is in range";
const touchHint = "Drag to move · tap an enemy to choose it · you attack whoever is in range";

/** What stands above the fight: kills of both sides and the time that remains. */
export class Hud {
  readonly element: HTMLElement;
  readonly #friends = span("score score-friend", "0");
  readonly #foes = span("score score-foe", "0");
  readonly #clock = span("fight-clock", "");
  readonly #notice = div("notice");
  readonly #feed = div("feed");

  constructor() {
    const hint = element("p", { className: "hint", textContent: hasMouse() ? mouseHint : touchHint });
    this.element = div("hud", div("scores", this.#friends, this.#clock, this.#foes), this.#notice, this.#feed, hint);
  }

  update(self: ShownFighter | undefined, battle: Battle): void {
    const { fighters, remainingMs } = battle;
    const side = self?.side ?? 0;
    const kills = battle.killsOf(side);
    write(this.#friends, String(kills.own));
    write(this.#foes, String(kills.others));
    const seconds = Math.ceil(remainingMs / 1000);
    write(this.#clock, `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`);
    this.#clock.classList.toggle("fight-clock-late", seconds <= 10);
    const seen = fighters.some((fighter) => fighter.side !== side && fighter.hp > 0);
    write(this.#notice, noticeFor(self, seen));
  }

  /** Tells for a moment who has felled whom. */
  tellFall(killer: string, victim: string): void {
    const line = div(
      "feed-line",
      element("b", { textContent: killer }),
      " felled ",
      element("b", { textContent: victim }),
    );
    this.#feed.append(line);
    setTimeout(() => line.remove(), 4000);
  }
}

function hasMouse(): boolean {
  return matchMedia("(pointer: fine)").matches;
}

function noticeFor(self: ShownFighter | undefined, seesEnemies: boolean): string {
  if (self === undefined) return "";
  if (self.hp <= 0) return "You are down. Back in a moment …";
  return seesEnemies ? "" : "No enemy in sight. Look for them in the middle.";
}

/** Only what has changed: a text that is written anew each picture costs layout. */
function write(target: HTMLElement, text: string): void {
  if (target.textContent !== text) target.textContent = text;
}
