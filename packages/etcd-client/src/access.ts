import { readFile } from "node:fs/promises";
import { reasonError } from "m3game/internal";
import { z } from "zod";
import { type EtcdFields, parseEndpoints } from "./config.ts";

/** How to reach an etcd cluster: plain data, so that another thread can be told. */
export const etcdAccess = z.object({
  /** The plugin that asks, for messages: `lease_etcd`. */
  plugin: z.string(),
  endpoints: z.array(z.object({ address: z.string(), secure: z.boolean() })),
  timeoutMs: z.number(),
  login: z.object({ name: z.string(), password: z.string() }).optional(),
  /** Contents of PEM files; the system's authorities where there is no `ca`. */
  tls: z.object({ ca: z.string().optional(), cert: z.string().optional(), key: z.string().optional() }).optional(),
});

/** What the schema of the same name allows. */
export type EtcdAccess = z.output<typeof etcdAccess>;

/** Reads what the config of this plugin names. Rejects with CONFIG_INVALID when a file can't be read. */
export async function readAccess(config: EtcdFields, plugin: string): Promise<EtcdAccess> {
  const { Endpoints, DialTimeout, Username, Password, Tls } = config;
  const endpoints = parseEndpoints(Endpoints)?.map((endpoint) => ({
    address: endpoint.address,
    secure: endpoint.secure || Tls !== undefined,
  }));
  if (endpoints === undefined) throw reasonError("CONFIG_INVALID", `Endpoints "${Endpoints}" are no addresses`);
  const pem = (key: string, file: string | undefined) => readPem(`${plugin}: Tls.${key}`, file);
  return {
    plugin,
    endpoints,
    timeoutMs: DialTimeout * 1000,
    login: Username === undefined || Password === undefined ? undefined : { name: Username, password: Password },
    tls: Tls && {
      ca: await pem("CaFile", Tls.CaFile),
      cert: await pem("CertFile", Tls.CertFile),
      key: await pem("KeyFile", Tls.KeyFile),
    },
  };
}

async function readPem(key: string, file: string | undefined): Promise<string | undefined> {
  if (file === undefined) return undefined;
  try {
    return await readFile(file, "utf8");
  } catch (cause) {
    const text = cause instanceof Error ? cause.message : String(cause);
    throw reasonError("CONFIG_INVALID", `${key} can't be read: ${text}`, { cause });
  }
}
