import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ClusterMember, parseAppId } from "m3game";
import { variablesFor } from "./variables.ts";

/** Hands `work` the members with a store of their own: what it finds does not depend on earlier runs, and it leaves nothing behind. */
export async function withOwnStore<T>(
  members: readonly ClusterMember[],
  work: (members: readonly ClusterMember[]) => Promise<T>,
): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), "m3game-smoke-"));
  try {
    const File = join(folder, "smoke.sqlite");
    return await work(members.map((member) => withSettings(member, "Plugin.DB.db_sqlite", { File })));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The member with other values in a section of its config; unchanged when its config has no such section. */
export function withSettings(
  member: ClusterMember,
  section: string,
  values: Readonly<Record<string, string>>,
): ClusterMember {
  const { config, env } = member;
  if (typeof config !== "string") return member;
  return { ...member, env: { ...env, ...variablesFor(config, { [section]: values }) } };
}

/** The member with the variables that its function has in `envs`. */
export function withFunctionEnv(
  member: ClusterMember,
  envs: Readonly<Record<string, Readonly<Record<string, string>>>>,
): ClusterMember {
  return { ...member, env: { ...member.env, ...envs[parseAppId(member.id).func] } };
}
