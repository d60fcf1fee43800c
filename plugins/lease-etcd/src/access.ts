import { readFile } from "node:fs/promises";
import { reasonError } from "m3game/internal";
import { z } from "zod";
import { type EtcdConfig, parseEndpoints } from "./config.ts";

/** How to reach an etcd cluster: plain data, so that another thread can be told. */
export const etcdAccess = z.object({
  endpoints: z.array(z.object({ address: z.string(), secure: z.boolean() })),
  timeoutMs: z.number(),
  login: z.object({ name: z.string(), password: z.string() }).optional(),
  /** Contents of PEM files; the system's authorities where there is no `ca`. */
  tls: z.object({ ca: z.string().optional(), cert: z.string().optional(), key: z.string().optional() }).optional(),
});

export type EtcdAccess = z.output<typeof etcdAccess>;

/** Reads what the config names. Rejects with CONFIG_INVALID when a file can't be read. */
export async function readAccess(config: EtcdConfig): Promise<EtcdAccess> {
  const { Endpoints, DialTimeout, Username, Password, Tls } = config;
  const endpoints = parseEndpoints(Endpoints)?.map((endpoint) => ({
    address: endpoint.address,
    secure: endpoint.secure || Tls !== undefined,
  }));
  if (endpoints === undefined) throw reasonError("CONFIG_INVALID", `Endpoints "${Endpoints}" are no addresses`);
  return {
    endpoints,
    timeoutMs: DialTimeout * 1000,
    login: Username === undefined || Password === undefined ? undefined : { name: Username, password: Password },
    tls: Tls && {
      ca: await readPem("CaFile", Tls.CaFile),
      cert: await readPem("CertFile", Tls.CertFile),
      key: await readPem("KeyFile", Tls.KeyFile),
    },
  };
}

async function readPem(key: string, file: string | undefined): Promise<string | undefined> {
  if (file === undefined) return undefined;
  try {
    return await readFile(file, "utf8");
  } catch (cause) {
    const text = cause instanceof Error ? cause.message : String(cause);
    throw reasonError("CONFIG_INVALID", `lease_etcd: Tls.${key} can't be read: ${text}`, { cause });
  }
}
