import { serveHooks } from "@m3game/script-host/worker";
import { loadModules } from "./load-modules.ts";

await serveHooks(loadModules);
