import { Code, type HostApp, M3Error, p2p, serviceId } from "m3game";
import { FightDaemonSer, type FightLoad_Rsp, FightSer, type FightSide } from "../gen/fight_pb.js";

const askMs = 1000;
/** Of an app half of whose ticks are later, in milliseconds, it is too much: it gets no fight as long as another one does better. */
const tooLateMs = 25;

/** The fight apps that the registry knows, and how much they have to do. */
export class FightApps {
  readonly #app: HostApp;
  /** Undefined: it did not answer, and may be busy or dead. */
  #loads: ReadonlyMap<string, FightLoad_Rsp | undefined> = new Map();

  constructor(app: HostApp) {
    this.#app = app;
  }

  /** Asks all of them anew. */
  async refresh(): Promise<void> {
    const { env, world } = this.#app.id;
    const instances = await this.#app.instances(serviceId(env, world, "fight"));
    const asked = instances.map(async ({ app }) => {
      const load = this.#app.client(FightDaemonSer).to(p2p(app)).fightLoad({}, { timeoutMs: askMs });
      return [app, await load.catch(() => undefined)] as const;
    });
    this.#loads = new Map(await Promise.all(asked));
  }

  /** Which app has which fight, as they said. */
  whereabouts(): ReadonlyMap<string, string> {
    return new Map([...this.#loads].flatMap(([app, load]) => (load?.fightIds ?? []).map((id) => [id, app] as const)));
  }

  /** `gone`: the registry does not know it any more. `silent`: it did not answer. */
  state(app: string): "there" | "silent" | "gone" {
    if (!this.#loads.has(app)) return "gone";
    return this.#loads.get(app) === undefined ? "silent" : "there";
  }

  /** The app with the fewest fighters: those that it has told of, or was given by now. Throws UNAVAILABLE when there is none. */
  choose(given: ReadonlyMap<string, number>): string {
    const apps = [...this.#loads].flatMap(([app, load]) =>
      load === undefined
        ? []
        : [{ app, isLate: load.lateP50Ms > tooLateMs, fighters: Math.max(load.fighters, given.get(app) ?? 0) }],
    );
    apps.sort((a, b) => Number(a.isLate) - Number(b.isLate) || a.fighters - b.fighters || a.app.localeCompare(b.app));
    const [chosen] = apps;
    if (chosen !== undefined) return chosen.app;
    throw new M3Error(Code.UNAVAILABLE, "no fight app is there to place a fight on");
  }

  /** Begins a fight on an app, or has it move there from where it is. */
  async start(app: string, fightId: string, sides: readonly FightSide[]): Promise<void> {
    await this.#app
      .client(FightSer)
      .to(p2p(app))
      .fightStart({ fightId, sides: [...sides] });
  }
}
