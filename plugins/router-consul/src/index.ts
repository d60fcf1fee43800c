import { definePlugin } from "m3game";
import { consulConfig } from "./config.ts";
import { ConsulRouter } from "./consul-router.ts";

/**
 * The registry in Consul, `[[Plugin.Router.router_consul]]`. Changes reach watchers as soon as Consul has them, mostly
 * within milliseconds; an app that died without a word is out after its checks failed, within 12 s. While Consul is
 * away the last known tables stay in force.
 */
export const routerConsul = definePlugin({
  kind: "router",
  name: "router_consul",
  config: consulConfig,
  create: (config, context) => ConsulRouter.start(config, context),
});

export default routerConsul;
