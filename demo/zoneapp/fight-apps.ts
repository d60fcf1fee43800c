import { type Client, Code, type HostApp, M3Error, p2p, serviceId } from "m3game";
import { FightDaemonSer, type FightLoad_Rsp, FightSer, type FightSide } from "../gen/fight_pb.js";

const askMs = 1000;
/** An app whose ticks are so late, in milliseconds, gets no fight as long as another one does better. */
const tooLate = 20;

/** What the zone knows of a fight app. */
interface FightApp {
  /** Undefined: it did not answer, and may be busy or dead. */
  readonly load: FightLoad_Rsp | undefined;
  /** Those that it said it has, and those that it was given since. */
  fighters: number;
}

/** The fight apps that the registry knows, and how much they have to do. */
export class FightApps {
  readonly #app: HostApp;
  #apps: ReadonlyMap<string, FightApp> = new Map();

  constructor(app: HostApp) {
    this.#app = app;
  }

  /** Asks all of them anew. */
  async refresh(): Promise<void> {
    const { env, world } = this.#app.id;
    const instances = await this.#app.instances(serviceId(env, world, "fight"));
    const asked = instances.map(async ({ app }) => {
      const load = await this.#daemon(app)
        .fightLoad({}, { timeoutMs: askMs })
        .catch(() => undefined);
      return [app, { load, fighters: load?.fighters ?? 0 }] as const;
    });
    this.#apps = new Map(await Promise.all(asked));
  }

  /** Which app has which fight, as they said. */
  whereabouts(): ReadonlyMap<string, string> {
    return new Map(
      [...this.#apps].flatMap(([app, { load }]) => (load?.fightIds ?? []).map((id) => [id, app] as const)),
    );
  }

  /** `gone`: the registry does not know it any more. `silent`: it did not answer. */
  state(app: string): "there" | "silent" | "gone" {
    const found = this.#apps.get(app);
    if (found === undefined) return "gone";
    return found.load === undefined ? "silent" : "there";
  }

  /** The app with the least to do, which counts as having so many fighters more from now on. Throws UNAVAILABLE when there is none. */
  choose(fighters: number): string {
    const answered = [...this.#apps].filter(([, { load }]) => load !== undefined);
    const inTime = answered.filter(([, { load }]) => (load?.lateP99Ms ?? 0) < tooLate);
    const candidates = (inTime.length > 0 ? inTime : answered).sort(
      ([idA, a], [idB, b]) => a.fighters - b.fighters || idA.localeCompare(idB),
    );
    const [chosen] = candidates;
    if (chosen === undefined) throw new M3Error(Code.UNAVAILABLE, "no fight app is there to place a fight on");
    const [app, entry] = chosen;
    entry.fighters += fighters;
    return app;
  }

  /** Begins a fight on an app, or has it move there from where it is. */
  async start(app: string, fightId: string, sides: readonly FightSide[]): Promise<void> {
    await this.#app
      .client(FightSer)
      .to(p2p(app))
      .fightStart({ fightId, sides: [...sides] });
  }

  #daemon(app: string): Client<typeof FightDaemonSer> {
    return this.#app.client(FightDaemonSer).to(p2p(app));
  }
}
