// One app with counters, as a process: app-main.ts <app id> <config>
import { defineApp, startApp } from "m3game";
import { clusterPlugins } from "./cluster-plugins.ts";
import { counterSer } from "./counter.ts";
import { Parent } from "./parent.ts";

const [id = "", config = ""] = process.argv.slice(2);
const abort = new AbortController();
process.on("SIGTERM", () => abort.abort());

const parent = new Parent(() => {});
const app = await startApp(defineApp({ func: "counter", servers: [counterSer] }), {
  ...{ id, config, signal: abort.signal },
  plugins: [parent.router(), ...clusterPlugins],
});
parent.tell({ kind: "ready" });
const stop = async () => {
  await app.stop();
  process.exit();
};
if (abort.signal.aborted) await stop();
else abort.signal.addEventListener("abort", () => void stop());
