import { definePlugin } from "m3game";
import { natsConfig } from "./config.ts";
import { connectNats } from "./connect-nats.ts";
import { NatsBroker } from "./nats-broker.ts";

/**
 * The broker on a NATS server, `[[Plugin.Broker.broker_nats]]`. The first connection must succeed; a later one that
 * breaks is restored with all subscriptions, for as long as it takes. Meanwhile `publish` and `subscribe` reject with
 * PLUGIN_FAILED (nothing is buffered), and messages of others are missed.
 */
export const brokerNats = definePlugin({
  kind: "broker",
  name: "broker_nats",
  config: natsConfig,
  create: async (config, context) => new NatsBroker(await connectNats(config, context), context),
});

export default brokerNats;
