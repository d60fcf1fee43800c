import { definePlugin } from "m3game";
import { routerNatsConfig } from "./config.ts";
import { NatsRouter } from "./nats-router.ts";

/**
 * The registry in a key-value bucket of NATS JetStream, `[[Plugin.Router.router_nats]]`. Changes reach watchers within
 * milliseconds; an app that died without a word is out when its time is over, `LeaseKeepLiveTime`, and a tenth of that later at
 * most. While the server is away the last known tables stay in force.
 */
export const routerNats = definePlugin({
  kind: "router",
  name: "router_nats",
  config: routerNatsConfig,
  create: (config, context) => NatsRouter.start(config, context),
});

export default routerNats;
