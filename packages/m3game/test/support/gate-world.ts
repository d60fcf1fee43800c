import { onTestFinished } from "vitest";
import {
  type AppDefinition,
  type Clock,
  type Cluster,
  type Context,
  defineApp,
  multi,
  type PluginDefinition,
  type SessionHandler,
  sessions,
  startCluster,
} from "../../src/index.ts";
import { GameSer, type Word } from "./game-service.ts";
import { type TestClient, TestGate } from "./test-gate.ts";

export const gateIds = ["test.w1.gate.1", "test.w1.gate.2"] as const;
const gameIds = ["test.w1.game.1", "test.w1.game.2"] as const;

/** One call that an app of the function `game` ran. */
export interface GameCall {
  readonly text: string;
  readonly context: Context;
  /** Of `wait` only: ends the call. */
  answer(): void;
}

export interface GateWorldOptions {
  /** `[[Server.Gate]]`, the same at all gates. */
  readonly config?: string;
  readonly handler?: Partial<SessionHandler>;
  /** Plugins of all gates, beside the gate itself. */
  readonly plugins?: readonly PluginDefinition[];
  readonly gates?: number;
  readonly games?: number;
  /** @default the machine's */
  readonly clock?: Clock;
}

/** Gates, apps behind them, and clients that the test plays. */
export class GateWorld {
  readonly gates: readonly TestGate[];
  readonly calls: GameCall[] = [];
  /** What `onClose` was told. */
  readonly ends: string[] = [];
  cluster!: Cluster;
  #onCall: (() => void) | undefined;

  constructor(count: number) {
    this.gates = Array.from({ length: count }, () => new TestGate());
  }

  connect(gate = 0): TestClient {
    return this.#gate(gate).connect();
  }

  /** A client that is logged in. */
  async player(name: string, gate = 0): Promise<TestClient> {
    const client = this.connect(gate);
    await client.login(name);
    return client;
  }

  /** Resolves with the first call, from now on or already there, that has this text. */
  async called(text: string): Promise<GameCall> {
    for (;;) {
      const found = this.calls.find((call) => call.text === text);
      if (found !== undefined) return found;
      await new Promise<void>((resolve) => {
        this.#onCall = resolve;
      });
    }
  }

  gameApp(): AppDefinition {
    const run = ({ text }: Word, context: Context) => {
      this.#add({ text, context, answer() {} });
      return { text: `${text}!` };
    };
    const gameSer = multi(GameSer, {
      ...{ say: run, loose: run, twice: run, hidden: run, traced: run },
      wait: ({ text }, context) =>
        new Promise((resolve) => this.#add({ text, context, answer: () => resolve({ text: `${text}!` }) })),
    });
    return defineApp({ func: "game", servers: [gameSer] });
  }

  gateApp(index: number, handler: Partial<SessionHandler>): AppDefinition {
    const gate = sessions({
      services: [GameSer],
      onAuth(content) {
        const id = new TextDecoder().decode(content);
        if (id === "nobody") throw new Error("a secret");
        return { id, response: content };
      },
      onClose: ({ id }, end) => void this.ends.push(`${id} ${end}`),
      ...handler,
    });
    return defineApp({ func: "gate", servers: [], gate, plugins: [this.#gate(index).plugin] });
  }

  #gate(index: number): TestGate {
    const gate = this.gates[index];
    if (gate === undefined) throw new RangeError(`there is no gate ${index}`);
    return gate;
  }

  #add(call: GameCall): void {
    this.calls.push(call);
    this.#onCall?.();
  }
}

/** Starts gates and apps behind them; all end with the test. */
export async function startGateWorld(options: GateWorldOptions = {}): Promise<GateWorld> {
  const { config = "", handler = {}, plugins = [], gates = 1, games = 1, clock } = options;
  const world = new GateWorld(gates);
  const quick = "[[Options.Rpc]]\nTimeoutMs = 5000\n[[Options.Life]]\nDrainTimeoutMs = 100\n";
  const gateConfig = `${quick}[[Plugin.Gate.gate_test]]\n[[Server.Gate]]\nResumeSecret = "0123456789abcdef"\n${config}`;
  const members = [
    ...gameIds.slice(0, games).map((id) => ({ app: world.gameApp(), id, config: quick })),
    ...gateIds
      .slice(0, gates)
      .map((id, index) => ({ app: world.gateApp(index, handler), id, config: gateConfig, plugins })),
  ];
  world.cluster = await startCluster(members, clock && { clock });
  onTestFinished(() => world.cluster[Symbol.asyncDispose]());
  return world;
}
