import leaseEtcd from "@m3game/lease-etcd";
import { createPluginContext } from "@m3game/testing";
import { launchService } from "@m3game/testing/services";
import { maxClaimsPerRequest } from "m3game";
import { usedBytes } from "../harness/memory.ts";
import { appIds } from "./cluster.ts";

/** What claims cost an etcd of its own. */
export interface EtcdClaims {
  readonly claims: number;
  /** Resident memory of etcd for one claim. */
  readonly bytesPerClaim: number;
  /** CPU time of etcd in microseconds: a claim among a hundred of one request. */
  readonly cpuUsPerClaim: number;
  /** Memory of the lease plugin for one claim. */
  readonly appBytesPerClaim: number;
}

/** Takes so many claims as one app does. Rejects where etcd is not installed. */
export async function measureEtcd(claims: number): Promise<EtcdClaims> {
  await using etcd = await launchService("etcd");
  const [app = ""] = appIds("role", 1);
  const config = leaseEtcd.config.parse({ Endpoints: etcd.address });
  await using lease = await leaseEtcd.create(config, createPluginContext(app));
  const opened = await lease.openSession({
    ...{ app, incarnation: crypto.randomUUID(), address: "10.0.0.1:20051" },
    // Longer than it takes: nobody renews it.
    ttlMs: 600_000,
  });
  if (opened.status !== "open") throw new Error("an etcd of its own has a session already");
  opened.session.watchLost(() => {});
  const before = await readUsage(etcd.address);
  const ownBefore = usedBytes();
  for (let first = 0; first < claims; first += maxClaimsPerRequest) {
    const ids = Array.from(
      { length: maxClaimsPerRequest },
      (_, index) => `prod.world1/role/Role/${1e8 + first + index}`,
    );
    await opened.session.acquire(ids);
  }
  const after = await readUsage(etcd.address);
  const ownAfter = usedBytes();
  await opened.session.close();
  return {
    claims,
    bytesPerClaim: (after.bytes - before.bytes) / claims,
    appBytesPerClaim: (ownAfter - ownBefore) / claims,
    cpuUsPerClaim: ((after.cpuSeconds - before.cpuSeconds) * 1e6) / claims,
  };
}

async function readUsage(address: string): Promise<{ readonly bytes: number; readonly cpuSeconds: number }> {
  const text = await (await fetch(`http://${address}/metrics`)).text();
  const read = (name: string) => Number(new RegExp(`^${name} (.+)$`, "m").exec(text)?.[1]);
  return { bytes: read("process_resident_memory_bytes"), cpuSeconds: read("process_cpu_seconds_total") };
}
