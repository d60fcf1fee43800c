// Registers an app and stays: node register-program.ts <NATS address> <bucket> <service> <app id>.
import { routerNats } from "@m3game/router-nats";
import { parseAppId, silentLogger, systemClock } from "m3game";

const [URL, Bucket, service = "", app = ""] = process.argv.slice(2);
const router = await routerNats.create(routerNats.config.parse({ URL, Bucket }), {
  app: parseAppId(app),
  log: silentLogger,
  clock: systemClock,
  options: { Shape: {} },
  resolvePath: (path) => path,
  health: () => ({ alive: true, ready: true }),
  call: () => Promise.reject(new Error("it makes no calls")),
});
await router.register({ app, service, host: "127.0.0.1", port: 1, meta: {} });
