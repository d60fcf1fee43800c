import type { ConfigSection } from "./section.ts";
import type { ConfigTable } from "./source.ts";

/** A key that configs of the original hold and that has no meaning here, or another name. */
interface LegacyKey {
  /** The table's key path without its number. */
  readonly table: string;
  readonly keys: readonly string[];
  /** The key's name now; without it the key is dropped. */
  readonly renamedTo?: string;
  /** @default always */
  readonly when?: (table: ConfigTable) => boolean;
  /** What the warning says. */
  readonly advice: string;
}

const legacyKeys: readonly LegacyKey[] = [
  {
    table: "Transport",
    keys: ["Host", "Port", "Addr"],
    advice:
      "is not used any more; an app listens where [[Plugin.Trans.trans_tcp]] or [[Plugin.Trans.trans_http2]] says",
  },
  {
    table: "Transport",
    keys: ["BroadCastTimeOut", "BroadcastTimeout", "BroadTimeOut"],
    advice: "is not used any more; nobody waits for a broadcast",
  },
  {
    table: "Options.Mesh",
    keys: ["WatcherInterSecond"],
    advice: "is not used any more; the registry is watched, not polled",
  },
  {
    table: "Plugin.DB.db_cache",
    keys: ["Pass"],
    advice: "is not used any more; a store in memory has no password",
  },
  {
    table: "Plugin.Metric.metric_prom",
    keys: ["ConsulHost"],
    when: (table) => !Object.hasOwn(table, "ConsulSvc"),
    advice: "is not used without ConsulSvc; set ConsulSvc to have the metrics endpoint registered",
  },
  { table: "Plugin.Broker.broker_nats", keys: ["NatsURL"], renamedTo: "URL", advice: "is called URL now" },
  { table: "Plugin.Trans.trans_nats", keys: ["NatsURL"], renamedTo: "URL", advice: "is called URL now" },
  {
    table: "Server.Actor",
    keys: ["LuaFile"],
    advice: "is not used any more; scripts belong to a plugin, [[Plugin.Script.…]]",
  },
];

/** The section without legacy keys. `onLegacy` gets each one found and what to tell the user about it. */
export function withoutLegacyKeys(
  section: ConfigSection,
  onLegacy: (key: string, advice: string) => void,
): ConfigSection {
  const tablePath = section.path.replace(/\[\d+\]$/, "");
  let current = section;
  for (const legacy of legacyKeys) {
    if (legacy.table !== tablePath || legacy.when?.(current.table) === false) continue;
    for (const key of legacy.keys) {
      const { [key]: value, ...table } = current.table;
      if (value === undefined) continue;
      const { renamedTo } = legacy;
      if (renamedTo === undefined) {
        onLegacy(key, legacy.advice);
        current = { ...current, table };
      } else if (Object.hasOwn(table, renamedTo)) {
        onLegacy(key, `${legacy.advice}; it is ignored, since ${renamedTo} is set as well`);
        current = { ...current, table };
      } else {
        onLegacy(key, legacy.advice);
        current = { ...current, table: { ...table, [renamedTo]: value }, ...renamed(current, key, renamedTo) };
      }
    }
  }
  return current;
}

/** Whoever set the old key has set the new one. */
function renamed({ path, overrides }: ConfigSection, from: string, to: string): Pick<ConfigSection, "overrides"> {
  const variable = overrides?.get(`${path}.${from}`);
  return variable === undefined ? {} : { overrides: new Map(overrides).set(`${path}.${to}`, variable) };
}
