// npm run simulate -- [--apps N] [--actors N] [--life SECONDS] [--etcd]
// Where the actors of a large cluster are, and what it costs the registry and the lease store. See docs/scaling.md.
import { parseArgs } from "node:util";
import { type AppGroup, gameCluster } from "./cluster.ts";
import { measureEtcd } from "./etcd-claims.ts";
import { type Placement, placeActors } from "./placement.ts";
import { formatReport } from "./report.ts";
import { measureTable, type TableCost } from "./table-cost.ts";

const ttlSeconds = 10;
const etcdClaims = 50_000;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      apps: { type: "string", default: "1000" },
      actors: { type: "string", default: "10000000" },
      life: { type: "string", default: "1800" },
      etcd: { type: "boolean", default: false },
    },
  });
  const cluster = gameCluster(number("apps", values.apps, 100_000), number("actors", values.actors, 1e9));
  const times = { ttlSeconds, actorLifeSeconds: number("life", values.life, 1e9) };
  const placements = cluster.map(place);
  const tables = new Map<string, TableCost>();
  for (const { func, instances } of cluster) tables.set(func, await measureTable(func, instances));
  const etcd = values.etcd ? await measureEtcd(etcdClaims) : undefined;
  console.log(formatReport({ cluster, times, placements, tables, etcd }));
}

function place(group: AppGroup): Placement {
  console.error(`${group.actors} actors of ${group.func} on ${group.instances} apps`);
  return placeActors(group);
}

function number(name: string, text: string, most: number): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 1 && value <= most) return value;
  throw new Error(`--${name} is "${text}": give a whole number from 1 to ${most}`);
}

try {
  await main();
} catch (error) {
  console.error(`simulate: ${error instanceof Error ? error.message : error}`);
  process.exitCode = 1;
}
