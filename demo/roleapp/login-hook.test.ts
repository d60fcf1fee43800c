import { copyFile, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import scriptLua from "@m3game/script-lua";
import { defineApp, startCluster } from "m3game";
import { expect, onTestFinished, test } from "vitest";
import { RoleSer } from "../gen/role_pb.js";
import roleApp from "./app.ts";

const shipped = join(import.meta.dirname, "hooks.lua");

/** A role app with a copy of the shipped script, and what logs a role in. */
async function startRoles() {
  const folder = await mkdtemp(join(tmpdir(), "m3game-hooks-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  const script = join(folder, "hooks.lua");
  await copyFile(shipped, script);
  const config = `[[Plugin.DB.db_memory]]\n[[Plugin.Script.script_lua]]\nLuaFile = ${JSON.stringify(script)}\n`;
  const cluster = await startCluster([
    { app: roleApp, id: "demo.world1.role.1", config, plugins: [scriptLua] },
    { app: defineApp({ func: "caller", servers: [] }), id: "demo.world1.caller.1" },
  ]);
  onTestFinished(() => cluster[Symbol.asyncDispose]());
  const roles = cluster.app("demo.world1.caller.1").client(RoleSer);
  const login = async (roleId: bigint) => {
    const { roleDb } = await roles.roleLogin({}, { metadata: { roleid: String(roleId) }, timeoutMs: 15_000 });
    return roleDb?.roleId;
  };
  return { script, config, login, reload: () => cluster.app("demo.world1.role.1").reload(config) };
}

test("the shipped script lets all in; another one takes over while the app runs", async () => {
  const { script, login, reload } = await startRoles();
  expect([await login(1n), await login(22n)]).toEqual([1n, 22n]);

  await writeFile(script, "function RoleHook(role_id) return role_id % 10 ~= 1 end");
  await reload();
  for (const roleId of [1n, 31n])
    await expect(login(roleId)).rejects.toThrow(`role ${roleId} may not log in at the moment`);
  expect(await login(22n)).toBe(22n);
});

test("a script with a mistake is refused, and one that fails lets everybody in", async () => {
  const { script, login, reload } = await startRoles();
  await writeFile(script, "function RoleHook(");
  await expect(reload()).rejects.toThrow("hooks.lua");
  expect(await login(1n)).toBe(1n);
  await writeFile(script, "function RoleHook() error('broken') end");
  await reload();
  expect(await login(2n)).toBe(2n);
});
