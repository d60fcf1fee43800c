import type { Instance } from "m3game";
import { decodeRegistryEntry, encodeRegistryEntry, ServiceTable } from "m3game/internal";
import { usedBytes } from "../harness/memory.ts";
import { appIds } from "./cluster.ts";

/** What an app pays for the instances of the services that it follows. */
export interface TableCost {
  /** One entry in the registry. */
  readonly entryBytes: number;
  /** Memory of one instance in the table of an app, without a connection. */
  readonly instanceBytes: number;
  /** CPU time after each change of a service: all its entries are decoded and the table is made anew. */
  readonly changeMs: number;
}

const rounds = 20;

export async function measureTable(func: string, instances: number): Promise<TableCost> {
  const service = `prod.world1.${func}`;
  const entries = appIds(func, instances).map((app, index) => {
    const value = encodeRegistryEntry(instanceOf(app, service, index), crypto.randomUUID());
    return { app, value };
  });
  const decode = () =>
    entries.flatMap(({ app, value }) => decodeRegistryEntry({ app, service }, value)?.instance ?? []);
  const empty = usedBytes();
  await using table = new ServiceTable(service, () => undefined);
  table.update(decode());
  const instanceBytes = (usedBytes() - empty) / instances;
  const before = process.cpuUsage();
  for (let round = 0; round < rounds; round++) table.update(decode());
  const { user, system } = process.cpuUsage(before);
  return {
    entryBytes: entries[0]?.value.length ?? 0,
    instanceBytes,
    changeMs: (user + system) / 1000 / rounds,
  };
}

/** As an app with trans_tcp enters itself. */
function instanceOf(app: string, service: string, index: number): Instance {
  const host = `10.${(index >> 16) & 255}.${(index >> 8) & 255}.${index & 255}`;
  const meta = { m3appver: "1.4.2", m3version: "1.4.2", m3control: crypto.randomUUID(), "m3ep.tcp": `${host}:20051` };
  return { app, service, host, port: 20052, meta };
}
