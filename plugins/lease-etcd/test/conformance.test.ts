import { leaseEtcd } from "@m3game/lease-etcd";
import { describeWithService, runLeaseConformance } from "@m3game/testing";
import { EtcdAdmin } from "./support/etcd-admin.ts";

describeWithService("etcd", "lease_etcd", (address) => {
  runLeaseConformance({
    name: "lease_etcd",
    shortTtlMs: 3000,
    create: (context) => leaseEtcd.create(leaseEtcd.config.parse({ Endpoints: address }), context),
    letTimePass: () => new Promise((resolve) => setTimeout(resolve, 50)),
    async revoke(app) {
      await using admin = await EtcdAdmin.connect(address);
      await admin.revoke(app);
    },
  });
});
