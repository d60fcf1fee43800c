import { probeConsul, probeEtcd, probeNats, probeRedis } from "./probes.ts";

export type ServiceName = "nats" | "consul" | "redis" | "etcd";

/** How one server program is run for tests: on loopback, with its data in one folder. */
export interface ServiceDefinition {
  /** File name of the program. */
  readonly binary: string;
  /** How many ports it listens on; the first is the one that clients use. */
  readonly portCount: number;
  /** Command line for these ports and this empty folder. */
  args(ports: readonly number[], dataDir: string): readonly string[];
  /** Resolves when the server answers as one that is ready; rejects otherwise. */
  probe(address: string, signal: AbortSignal): Promise<void>;
}

export const serviceDefinitions: Readonly<Record<ServiceName, ServiceDefinition>> = {
  nats: {
    binary: "nats-server",
    portCount: 1,
    args: ([port], dataDir) => [
      ...["--addr", "127.0.0.1", "--port", String(port)],
      // JetStream, for its key-value store.
      ...["--jetstream", "--store_dir", dataDir],
    ],
    probe: probeNats,
  },
  consul: {
    binary: "consul",
    portCount: 3,
    args: ([http, server, serf], dataDir) => [
      ...["agent", "-dev", "-node", "m3game-test", "-data-dir", dataDir, "-log-level", "warn"],
      ...["-bind", "127.0.0.1", "-client", "127.0.0.1", "-http-port", String(http), "-server-port", String(server)],
      ...["-serf-lan-port", String(serf), "-serf-wan-port", "-1", "-dns-port", "-1", "-grpc-port", "-1"],
      ...["-hcl", "disable_update_check = true"],
    ],
    probe: probeConsul,
  },
  redis: {
    binary: "redis-server",
    portCount: 1,
    args: ([port], dataDir) => ["--bind", "127.0.0.1", "--port", String(port), "--dir", dataDir, "--save", ""],
    probe: probeRedis,
  },
  etcd: {
    binary: "etcd",
    portCount: 2,
    args: ([client, peer], dataDir) => [
      ...["--name", "m3game-test", "--data-dir", dataDir],
      ...[
        "--listen-client-urls",
        `http://127.0.0.1:${client}`,
        "--advertise-client-urls",
        `http://127.0.0.1:${client}`,
      ],
      ...[
        "--listen-peer-urls",
        `http://127.0.0.1:${peer}`,
        "--initial-advertise-peer-urls",
        `http://127.0.0.1:${peer}`,
      ],
      ...["--initial-cluster", `m3game-test=http://127.0.0.1:${peer}`],
    ],
    probe: probeEtcd,
  },
};

/** In the order in which they are listed. */
export const serviceNames: readonly ServiceName[] = ["nats", "consul", "redis", "etcd"];

export function isServiceName(name: string): name is ServiceName {
  return Object.hasOwn(serviceDefinitions, name);
}
