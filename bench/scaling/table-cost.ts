import { type Instance, silentLogger, systemClock } from "m3game";
import { decodeRegistryEntry, encodeRegistryEntry, KnownTable, ServiceTable } from "m3game/internal";
import { usedBytes } from "../harness/memory.ts";
import { appIds } from "./cluster.ts";

/** What an app pays for the instances of the services that it follows. */
export interface TableCost {
  /** One entry in the registry. */
  readonly entryBytes: number;
  /** Memory of one instance in the table of an app, without a connection. */
  readonly instanceBytes: number;
  /** CPU time after each change of a service: the entry that changed is decoded, and the table is made anew. */
  readonly changeMs: number;
}

const rounds = 100;

export async function measureTable(func: string, instances: number): Promise<TableCost> {
  const service = `prod.world1.${func}`;
  const apps = appIds(func, instances);
  /** An app as it has just started: what its entry says is new. */
  const encode = (app: string, index: number) =>
    encodeRegistryEntry(instanceOf(app, service, index), crypto.randomUUID());
  const decode = (app: string, value: Uint8Array) => decodeRegistryEntry({ app, service }, value)?.instance;
  const values = apps.map(encode);
  const empty = usedBytes();
  await using table = new ServiceTable(service, () => undefined);
  const known = new KnownTable((told) => table.update(told), { settleMs: 0, clock: systemClock, log: silentLogger });
  const listed = new Map(apps.map((app, index) => [app, decode(app, values[index] ?? new Uint8Array())]));
  const update = () =>
    known.update(
      [...listed.values()].filter((each) => each !== undefined),
      false,
    );
  update();
  const instanceBytes = (usedBytes() - empty) / instances;
  const changes = Array.from({ length: rounds }, (_, round) => {
    const app = apps[round % instances] ?? "";
    return { app, value: encode(app, round % instances) };
  });
  const before = process.cpuUsage();
  for (const { app, value } of changes) {
    listed.set(app, decode(app, value));
    update();
  }
  const { user, system } = process.cpuUsage(before);
  return {
    entryBytes: values[0]?.length ?? 0,
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
