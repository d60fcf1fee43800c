// A process that calls counters: driver-main.ts <app id> <config>
import { defineApp, startApp } from "m3game";
import { clusterPlugins } from "./cluster-plugins.ts";
import { Driver } from "./driver.ts";
import { Parent } from "./parent.ts";

const [id = "", config = ""] = process.argv.slice(2);
const parent = new Parent(async (command) => {
  if (command.kind === "load") parent.tell({ kind: "loaded", calls: await driver.load(command.seed, command.until) });
  if (command.kind === "settle") parent.tell({ kind: "settled", states: await driver.settle(command.until) });
});
const app = await startApp(defineApp({ func: "driver", servers: [] }), {
  ...{ id, config },
  plugins: [parent.router(), ...clusterPlugins],
});
const driver = new Driver(app);
process.on("SIGTERM", async () => {
  await app.stop();
  process.exit();
});
parent.tell({ kind: "ready" });
