import { type Db, dbMemory, type MemoryHub, type PluginContext, parseAppId, silentLogger, systemClock } from "m3game";

export const pluginContext: PluginContext = {
  app: parseAppId("bench.world1.entity.1"),
  log: silentLogger,
  clock: systemClock,
  options: { Shape: {} },
  resolvePath: (path) => path,
  health: () => ({ alive: true, ready: true }),
  call: () => Promise.reject(new Error("it makes no calls")),
};

/** The embedded store. */
export async function openMemory(hub: MemoryHub): Promise<Db> {
  return dbMemory(hub).create({}, pluginContext);
}
