import { dirname, resolve } from "node:path";
import { type ClusterMember, readConfig } from "m3game";
import { reasonError } from "m3game/internal";
import { createPluginFinder } from "./find-plugin.ts";
import { importDefault } from "./import-file.ts";
import { isAppDefinition } from "./load-app.ts";

/**
 * The apps that a cluster file lists: `export default [{ app, id, config }] satisfies readonly ClusterMember[]`.
 * `config` is TOML text or the path of a `.toml` file, relative to the cluster file. Plugins are found as in `m3 run`, each
 * app logs by log_pino unless it says otherwise, and `env` overrides the configs of all of them.
 *
 * Rejects with CONFIG_INVALID when the file or a config it names can't be read, or it lists something else.
 */
export async function loadCluster(
  file: string,
  env: Readonly<Record<string, string | undefined>>,
): Promise<readonly ClusterMember[]> {
  const members = await importDefault(file, "cluster file");
  if (!Array.isArray(members) || members.length === 0) {
    throw reasonError(
      "CONFIG_INVALID",
      `cluster file ${file} lists no apps: write export default [{ app, id, config }]`,
    );
  }
  const path = resolve(file);
  const ids = new Set<string>();
  const defaults = { defaultLog: "log_pino", resolvePlugin: createPluginFinder(path), env };
  return Promise.all(
    members.map(async (member: unknown, index) => {
      if (!isMember(member)) {
        const problem = `entry ${index + 1} is no { app, id, config }: app is what defineApp made, id a text`;
        throw reasonError("CONFIG_INVALID", `cluster file ${file}: ${problem}`);
      }
      if (ids.has(member.id)) {
        const problem = `lists ${member.id} more than once: give each app an id of its own`;
        throw reasonError("CONFIG_INVALID", `cluster file ${file} ${problem}`);
      }
      ids.add(member.id);
      const { config } = member;
      if (typeof config !== "string" || !isTomlPath(config)) return { ...defaults, ...member };
      return { ...defaults, ...member, config: await readConfig(resolve(dirname(path), config)) };
    }),
  );
}

// No TOML text is just a word: it could only be a broken one.
function isTomlPath(config: string): boolean {
  return /^[^\n=]+\.toml$/.test(config);
}

function isMember(value: unknown): value is ClusterMember {
  return (
    typeof value === "object" &&
    value !== null &&
    "app" in value &&
    isAppDefinition(value.app) &&
    "id" in value &&
    typeof value.id === "string" &&
    (!("config" in value) || typeof value.config === "string" || typeof value.config === "object")
  );
}
