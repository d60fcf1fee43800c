import { brokerNats } from "@m3game/broker-nats";
import { routerConsul } from "@m3game/router-consul";
import { transTcp } from "@m3game/trans-tcp";
import type { StartOptions } from "m3game";

/** What every app of the test is started with: registry, broker and transport as in production. */
export function appOptions(id: string, consul: string, nats: string): StartOptions {
  return {
    id,
    plugins: [routerConsul, brokerNats, transTcp],
    config: `
[[Plugin.Router.router_consul]]
ConsulHost = "${consul}"
[[Plugin.Broker.broker_nats]]
URL = "${nats}"
[[Plugin.Trans.trans_tcp]]
Port = 0
`,
  };
}
