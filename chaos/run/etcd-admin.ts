import { z } from "zod";

const range = z.object({ kvs: z.array(z.object({ lease: z.string() })).default([]) });

/** Revokes the lease of an app's session, as an operator would. Does nothing when it has none. */
export async function revokeSession(etcd: string, app: string): Promise<void> {
  const found = range.parse(await post(etcd, "kv/range", { key: btoa(`/m3/app/${app}`) }));
  const [session] = found.kvs;
  if (session !== undefined) await post(etcd, "lease/revoke", { ID: session.lease });
}

async function post(etcd: string, path: string, body: object): Promise<unknown> {
  const response = await fetch(`http://${etcd}/v3/${path}`, { method: "POST", body: JSON.stringify(body) });
  return response.json();
}
