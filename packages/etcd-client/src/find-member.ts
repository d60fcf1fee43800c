import { reasonError } from "m3game/internal";
import { KV } from "../gen/etcdserverpb/rpc_pb.js";
import type { EtcdAccess } from "./access.ts";
import type { EtcdClient } from "./etcd-client.ts";
import { errorText } from "./etcd-error.ts";

/**
 * Resolves when a member answers that is asked for this key; requests then begin with that one. Rejects with PLUGIN_FAILED and
 * one line that names each member, what it said, and `section`.
 */
export async function findMember(
  client: EtcdClient,
  access: EtcdAccess,
  { key, section }: { readonly key: Uint8Array; readonly section: string },
): Promise<void> {
  const problems: string[] = [];
  for (const { address } of access.endpoints) {
    try {
      await client.ask(KV.method.range, { key });
      return;
    } catch (error) {
      problems.push(`${address}: ${errorText(error)}`);
    }
  }
  throw reasonError(
    "PLUGIN_FAILED",
    `no etcd of use (${problems.join("; ")}): start one, or correct Endpoints in ${section}`,
  );
}
