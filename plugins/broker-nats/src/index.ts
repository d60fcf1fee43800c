import { NatsClient, natsConfig } from "@m3game/nats-client";
import { definePlugin, type PluginDefinition } from "m3game";
import { NatsBroker } from "./nats-broker.ts";

/**
 * The broker on a NATS server, `[[Plugin.Broker.broker_nats]]`. The first connection must succeed; a later one that
 * breaks is restored with all subscriptions, for as long as it takes. Meanwhile `publish` and `subscribe` reject with
 * PLUGIN_FAILED (nothing is buffered), and messages of others are missed.
 */
export const brokerNats: PluginDefinition<"broker", typeof natsConfig> = definePlugin({
  kind: "broker",
  name: "broker_nats",
  config: natsConfig,
  create: async (config, context) => {
    const client = await NatsClient.open(config, {
      section: "[[Plugin.Broker.broker_nats]]",
      context,
      whenLost: "messages fail until it is back, subscriptions are kept",
      whenBack: "subscriptions are restored",
    });
    return new NatsBroker(client, context.log);
  },
});

export default brokerNats;
