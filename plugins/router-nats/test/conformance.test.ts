import { routerNats } from "@m3game/router-nats";
import { describeWithService, runRouterConformance } from "@m3game/testing";

describeWithService("nats", "router_nats", (address) => {
  runRouterConformance({
    name: "router_nats",
    create: (context) => routerNats.create(routerNats.config.parse({ URL: address }), context),
  });
});
