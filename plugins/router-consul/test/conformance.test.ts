import { routerConsul } from "@m3game/router-consul";
import { describeWithService, runRouterConformance } from "@m3game/testing";

describeWithService("consul", "router_consul", (address) => {
  runRouterConformance({
    name: "router_consul",
    create: (context) => routerConsul.create(routerConsul.config.parse({ ConsulHost: address }), context),
  });
});
