import { routerEtcd } from "@m3game/router-etcd";
import { describeWithService, runRouterConformance } from "@m3game/testing";

describeWithService("etcd", "router_etcd", (address) => {
  runRouterConformance({
    name: "router_etcd",
    create: (context) => routerEtcd.create(routerEtcd.config.parse({ Endpoints: address }), context),
  });
});
