import { randomUUID } from "node:crypto";
import type { EtcdClient } from "@m3game/etcd-client";
import { createdAt, found, get, put } from "@m3game/etcd-client";
import { KV } from "@m3game/etcd-client/gen/etcdserverpb/rpc_pb.js";
import { storeKey } from "./keys.ts";

const noLease = 0n;

/**
 * Names a cluster and its data. The cluster's own id stays the same when its data are wiped, so there is one in the data too,
 * made by whoever comes first.
 */
export async function readStoreId(client: EtcdClient): Promise<string> {
  const { kvs, header } = await client.ask(KV.method.range, { key: storeKey });
  const cluster = (header?.clusterId ?? 0n).toString(16);
  const known = kvs[0]?.value;
  if (known !== undefined) return `${cluster}/${decode(known)}`;
  const fresh = randomUUID();
  const answer = await client.ask(KV.method.txn, {
    compare: [createdAt(storeKey, 0n)],
    success: [put(storeKey, new TextEncoder().encode(fresh), noLease)],
    failure: [get(storeKey)],
  });
  const other = found(answer.responses[0])?.value;
  return `${cluster}/${answer.succeeded || other === undefined ? fresh : decode(other)}`;
}

function decode(value: Uint8Array): string {
  return new TextDecoder().decode(value);
}
