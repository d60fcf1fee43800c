import { measurePair } from "../harness/pair.ts";
import type { Case, Suite } from "../harness/suite.ts";
import { installPeers, isPeer, peerModule } from "./peers.ts";
import { rpcRatios } from "./ratios.ts";
import { rpcTargets } from "./targets.ts";

const inFlights = [1, 64, 256];
const warmup = { warmupMs: 1500, warmupInFlight: 64 };

const own = (file: string): URL => new URL(file, import.meta.url);

const subjects: Readonly<Record<string, URL>> = {
  limit: own("limit.ts"),
  trans_tcp: own("trans-tcp.ts"),
  trans_http2: own("trans-http2.ts"),
  trans_nats: own("trans-nats.ts"),
  "nats-request": peerModule("nats-request.ts"),
  "grpc-js": peerModule("grpc-js.ts"),
  "connect-node": peerModule("connect-node.ts"),
  "moleculer-tcp": peerModule("moleculer-tcp.ts"),
  "moleculer-nats": peerModule("moleculer-nats.ts"),
};

/** They need a NATS server. */
const overNats: ReadonlySet<string> = new Set(["trans_nats", "nats-request", "moleculer-nats"]);

/** One small call between two processes: this framework, the limit of the platform, and peers. */
export const suite: Suite = {
  name: "rpc",
  note: [
    "Closed loop, one connection, client and server in two processes on loopback, a string of 16 characters each way.",
    "Not measured: large messages, many connections, TLS, a network, a machine with cores to spare.",
    "CPU is that of client and server; what goes over NATS uses its server's besides.",
  ].join("\n"),
  // Grouped by load, so that what is compared runs close together in time.
  cases: (services) =>
    inFlights.flatMap((inFlight) =>
      Object.entries(subjects)
        .filter(([name]) => !overNats.has(name) || services.nats !== undefined)
        .map(([name, subject]) => rpcCase(name, subject, inFlight)),
    ),
  prepare: async (cases, services) => {
    if (services.nats === undefined) {
      const left = [...overNats].join(", ");
      console.error(`${left} are left out, there is no NATS server: "npm run services -- up nats" starts one`);
    }
    if (cases.some((each) => isPeer(each.name))) await installPeers();
  },
  ratios: rpcRatios,
  targets: rpcTargets,
};

function rpcCase(name: string, subject: URL, inFlight: number): Case {
  return {
    name,
    params: { inFlight },
    run: ({ measureMs, services }) => measurePair({ subject, services, inFlight, ...warmup, measureMs }),
  };
}
