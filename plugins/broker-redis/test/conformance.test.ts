import { brokerRedis } from "@m3game/broker-redis";
import { describeWithService, runBrokerConformance } from "@m3game/testing";

describeWithService("redis", "broker_redis", (address) => {
  const { hostname: Host, port } = new URL(`tcp://${address}`);
  runBrokerConformance({
    name: "broker_redis",
    create: (context) => brokerRedis.create(brokerRedis.config.parse({ Host, Port: Number(port) }), context),
  });
});
