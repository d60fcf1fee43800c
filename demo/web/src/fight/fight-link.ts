import { type FightEvents, FightFeed } from "../../../client/fight-feed.ts";
import type { Session } from "../session.ts";
import { Battle } from "./battle.ts";
import { type Input, InputLine } from "./input-line.ts";
import { Playback } from "./playback.ts";

/** A fight as it is shown: what the feed tells, in time. */
export class FightLink {
  readonly #feed: FightFeed;
  #battle: Battle | undefined;
  #playback = new Playback();
  #inputs: InputLine | undefined;

  constructor(session: Session, fightId: string, events: Pick<FightEvents, "onOver" | "onLost">) {
    this.#feed = new FightFeed(session.client, fightId, {
      ...events,
      onEnter: (snapshot) => {
        this.#battle = new Battle(snapshot);
        this.#playback = new Playback();
        this.#inputs = new InputLine(({ move, targetId }) =>
          this.#feed.want({ moveX: move.x, moveY: move.y, targetId }),
        );
        this.#heard(snapshot);
      },
      onSnapshot: (snapshot) => {
        this.#battle?.correct(snapshot);
        this.#heard(snapshot);
      },
      onDelta: (delta) => {
        this.#battle?.apply(delta);
        this.#heard(delta);
      },
    });
  }

  /** Undefined until it was entered. */
  get battle(): Battle | undefined {
    return this.#battle;
  }

  /** The tick to show now. */
  tickAt(now: number): number {
    return this.#playback.tickAt(now);
  }

  /** What the player wants now; sent when it is something else than before. */
  want(input: Input, now: number): void {
    this.#inputs?.update(input, now);
  }

  close(): void {
    this.#feed.close();
  }

  #heard({ tick }: { readonly tick: number }): void {
    this.#playback.heard(tick, performance.now());
  }
}
