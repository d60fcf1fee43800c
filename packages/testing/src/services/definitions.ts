import type { Program } from "./find-program.ts";
import { initializePostgres } from "./postgres-data.ts";
import { probeConsul, probeEtcd, probeMongo, probeNats, probePostgres, probeRedis } from "./probes.ts";

/** A server that tests can have. */
export type ServiceName = "nats" | "consul" | "redis" | "etcd" | "postgres" | "mongo";

/** How one server program is run for tests: on loopback, with its data in one folder. */
export interface ServiceDefinition {
  /** File name of the program. */
  readonly binary: string;
  /** How many ports it listens on; the first is the one that clients use. */
  readonly portCount: number;
  /** The program refuses to run as root: somebody without rights runs it then, whose the folder is. @default false */
  readonly isUnprivileged?: boolean;
  /** Fills the folder where the program does not do so by itself. Does nothing when it is filled. */
  initialize?(program: Program, dataDir: string): Promise<void>;
  /** Command line for these ports and this folder. */
  args(ports: readonly number[], dataDir: string): readonly string[];
  /** Resolves when the server answers as one that is ready; rejects otherwise. */
  probe(address: string, signal: AbortSignal): Promise<void>;
}

/** How each server is run. */
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
  postgres: {
    binary: "postgres",
    portCount: 1,
    isUnprivileged: true,
    initialize: initializePostgres,
    args: ([port], dataDir) => [
      ...["-D", dataDir, "-h", "127.0.0.1", "-p", String(port), "-c", "unix_socket_directories="],
    ],
    probe: probePostgres,
  },
  mongo: {
    // FerretDB: it speaks MongoDB's protocol and keeps its data in SQLite.
    binary: "m3game-ferretdb",
    portCount: 1,
    args: ([port], dataDir) => [`127.0.0.1:${port}`, dataDir],
    probe: probeMongo,
  },
};

/** In the order in which they are listed. */
export const serviceNames: readonly ServiceName[] = ["nats", "consul", "redis", "etcd", "postgres", "mongo"];

/** True for the name of a server that tests can have. */
export function isServiceName(name: string): name is ServiceName {
  return Object.hasOwn(serviceDefinitions, name);
}
