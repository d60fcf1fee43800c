import { type ActorApp, type Observer, p2p, systemClock } from "m3game";
import { FightDaemonSer } from "../gen/fight_pb.js";
import { TickPace } from "./tick-pace.ts";

const lateness = { name: "fight_tick_late_seconds", help: "How late ticks of fights were" };
/** In ticks. */
const reportEvery = 20;

export interface TickReportOptions {
  readonly fightId: string;
  readonly fighters: number;
  readonly tickMs: number;
}

/** Measures the ticks of one fight, and tells its app of them about once a second. */
export class TickReport {
  readonly #app: ActorApp;
  readonly #options: TickReportOptions;
  readonly #pace: TickPace;
  readonly #observer: Observer;
  #lateMs: number[] = [];

  constructor(app: ActorApp, options: TickReportOptions) {
    this.#app = app;
    this.#options = options;
    this.#pace = new TickPace(options.tickMs);
    this.#observer = app.metrics.summary(lateness);
    this.#tell();
  }

  /** A tick begins. */
  tick(): void {
    const ms = this.#pace.late(systemClock.now());
    this.#observer.observe(ms / 1000);
    this.#lateMs.push(ms);
    if (this.#lateMs.length === reportEvery) this.#tell();
  }

  #tell(): void {
    const { fightId, fighters } = this.#options;
    const daemon = this.#app.client(FightDaemonSer).to(p2p(this.#app.id.app));
    const report = { fightId, fighters, lateMs: this.#lateMs };
    this.#lateMs = [];
    daemon.fightTicks(report).catch((error) => this.#app.log.debug("the app was not told of its ticks", { error }));
  }
}
