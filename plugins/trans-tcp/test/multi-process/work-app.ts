// Started by the test as a process of its own: work-app.ts <app id> <consul> <nats> [topic]
import { defineApp, multi, p2p, startApp } from "m3game";
import { appOptions } from "./app-config.ts";
import { WorkSer } from "./work-service.ts";

const [id = "", consul = "", nats = "", topic] = process.argv.slice(2);
const heard: string[] = [];

const workSer = multi(WorkSer, {
  who: (_request, { app }) => ({ text: app.app }),
  whoHas: (_request, { app }) => ({ text: app.app }),
  ask: async ({ text }, context) => {
    const other = await context.client(WorkSer).to(p2p(text)).who({});
    return { text: `${context.app.app} ${other.text}` };
  },
  tell: ({ text }) => {
    heard.push(text);
    return {};
  },
  heard: () => ({ text: heard.join(" ") }),
});

const app = await startApp(defineApp({ func: "work", servers: [workSer] }), appOptions(id, consul, nats));
if (topic !== undefined) await app.subscribe(topic);
process.once("SIGTERM", () => void app.stop().then(() => process.exit()));
// The test is gone.
process.once("disconnect", () => process.exit(1));
process.send?.("ready");
