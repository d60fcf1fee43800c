import { ScriptHost, scriptLimits } from "@m3game/script-host";
import { definePlugin } from "m3game";
import { z } from "zod";

const file = z.string().min(1);

const config = z.object({
  /** The ES module, or several, in JavaScript or erasable TypeScript; relative to the config file. */
  JsFile: z.union([file, z.array(file).min(1)]),
  ...scriptLimits,
});

// Beside this file, as source or built.
const module = new URL(`./js-worker${import.meta.url.slice(import.meta.url.lastIndexOf("."))}`, import.meta.url);

/**
 * Hooks in JavaScript, `[[Plugin.Script.script_js]]`: the functions that its modules export. The limits keep mistakes from
 * harm, not malice: a script may do what the process may.
 */
export const scriptJs = definePlugin({
  kind: "script",
  name: "script_js",
  config,
  create: ({ JsFile, ...limits }, context) =>
    ScriptHost.open({ ...limits, files: [JsFile].flat().map(context.resolvePath), key: "JsFile", module, context }),
});
