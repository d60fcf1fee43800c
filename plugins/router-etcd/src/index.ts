import { definePlugin } from "m3game";
import { routerEtcdConfig } from "./config.ts";
import { EtcdRouter } from "./etcd-router.ts";

/**
 * The registry in etcd, `[[Plugin.Router.router_etcd]]`. Changes reach watchers within milliseconds; an app that died without
 * a word is out when its lease is over, `LeaseKeepLiveTime`. While etcd is away the last known tables stay in force.
 */
export const routerEtcd = definePlugin({
  kind: "router",
  name: "router_etcd",
  config: routerEtcdConfig,
  create: (config, context) => EtcdRouter.start(config, context),
});

export default routerEtcd;
