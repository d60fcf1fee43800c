// Registers an app and stays: node register-program.ts <etcd address> <service> <app id> <seconds that the entry lasts>.
import { routerEtcd } from "@m3game/router-etcd";
import { parseAppId, silentLogger, systemClock } from "m3game";

const [Endpoints, service = "", app = "", seconds] = process.argv.slice(2);
const router = await routerEtcd.create(routerEtcd.config.parse({ Endpoints, LeaseKeepLiveTime: Number(seconds) }), {
  app: parseAppId(app),
  log: silentLogger,
  clock: systemClock,
  options: { Shape: {} },
  resolvePath: (path) => path,
  health: () => ({ alive: true, ready: true }),
  call: () => Promise.reject(new Error("it makes no calls")),
});
await router.register({ app, service, host: "127.0.0.1", port: 1, meta: {} });
