import { MultiSer } from "@m3game/examples/gen/multi_pb.js";
import { gateWs } from "@m3game/gate-ws";
import {
  type Cluster,
  type ClusterMember,
  Code,
  type Context,
  defineApp,
  M3Error,
  multi,
  type Server,
  type SessionHandler,
  sessions,
  startCluster,
} from "m3game";
import { onTestFinished } from "vitest";
import { type ConnectOptions, connect, type GameClient } from "../../src/index.ts";
import { type BreakableProxy, startProxy } from "./proxy.ts";

const gateIds = ["test.w1.gate.1", "test.w1.gate.2"] as const;

/** A call that an app ran; that of `traceHello` waits until it is answered. */
export interface Call {
  readonly text: string;
  readonly context: Context;
  answer(): void;
}

/** An app, gates, and a proxy whose connections the test can break. */
export class Game {
  readonly cluster: Cluster;
  readonly proxy: BreakableProxy;
  readonly calls: readonly Call[];

  constructor(cluster: Cluster, proxy: BreakableProxy, calls: readonly Call[]) {
    this.cluster = cluster;
    this.proxy = proxy;
    this.calls = calls;
  }

  /** Where a gate listens. */
  static endpoint(cluster: Cluster, gate = 0): string {
    const { endpoints } = cluster.app(gateIds[gate] ?? "");
    return endpoints.find(({ scheme }) => scheme === "ws")?.endpoint ?? "";
  }

  connect(options: Partial<ConnectOptions> = {}): Promise<GameClient> {
    return connect(this.proxy.url, { token: "june", reconnect: { minMs: 10, maxMs: 50 }, ...options }).then(
      (client) => {
        onTestFinished(() => client.close());
        return client;
      },
    );
  }

  /** From now on clients come to this gate, and connections that are there break. */
  moveTo(gate: number): void {
    this.proxy.target = Game.endpoint(this.cluster, gate);
    this.proxy.breakAll();
  }

  get app() {
    return this.cluster.app("test.w1.multi.1");
  }
}

export async function startGame({
  gates = 1,
  config = "",
  plugin = "",
  handler = {} as Partial<SessionHandler>,
  /** Behind the gates, in place of one of `MultiSer`. */
  server = undefined as Server | undefined,
} = {}): Promise<Game> {
  const calls: Call[] = [];
  const behind =
    server ??
    multi(MultiSer, {
      hello: ({ req }, context) => {
        calls.push({ text: req, context, answer() {} });
        return { rsp: `Hello , ${req}` };
      },
      traceHello: ({ req }, context) =>
        new Promise((resolve) =>
          calls.push({ text: req, context, answer: () => resolve({ rsp: `TraceHello , ${req}` }) }),
        ),
      breakHello: ({ req }) => {
        throw new M3Error(Code.FAILED_PRECONDITION, `broken ${req}`, { reason: "BROKEN", retryAfterMs: 7 });
      },
    });
  const gate = sessions({
    services: [behind.service],
    onAuth: (content) => {
      // A message with the token as its field 1.
      const token = new TextDecoder().decode(content.subarray(2));
      if (token === "nobody") throw new M3Error(Code.UNAUTHENTICATED, "who is that?");
      return { id: token, response: content };
    },
    ...handler,
  });
  const gateApp = defineApp({ func: "gate", servers: [], plugins: [gateWs], gate });
  const quick = "[[Options.Rpc]]\nTimeoutMs = 20000\n[[Options.Life]]\nDrainTimeoutMs = 100\n";
  const gateConfig = `${quick}[[Plugin.Gate.gate_ws]]\n${plugin}\n[[Server.Gate]]\nResumeSecret = "0123456789abcdef"\n${config}`;
  const members: ClusterMember[] = [
    { app: defineApp({ func: "multi", servers: [behind] }), id: "test.w1.multi.1", config: quick },
    ...gateIds.slice(0, gates).map((id) => ({ app: gateApp, id, config: gateConfig })),
  ];
  const cluster = await startCluster(members);
  onTestFinished(() => cluster[Symbol.asyncDispose]());
  const proxy = await startProxy(Game.endpoint(cluster));
  onTestFinished(() => proxy[Symbol.asyncDispose]());
  return new Game(cluster, proxy, calls);
}
