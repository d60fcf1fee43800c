import { brokerNats } from "@m3game/broker-nats";
import { describeWithService, runBrokerConformance } from "@m3game/testing";

describeWithService("nats", "broker_nats", (address) => {
  runBrokerConformance({
    name: "broker_nats",
    create: (context) => brokerNats.create(brokerNats.config.parse({ URL: address }), context),
  });
});
