import { defineHook } from "m3game";
import { z } from "zod";

/** Whether a role may log in: what an operator decides while the apps run, in hooks.lua. */
export const roleHook = defineHook({ name: "RoleHook", result: z.boolean(), fallback: (_roleId: bigint) => true });
