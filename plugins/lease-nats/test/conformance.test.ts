import { leaseNats } from "@m3game/lease-nats";
import { describeWithService, runLeaseConformance } from "@m3game/testing";
import { NatsAdmin } from "./support/nats-admin.ts";

describeWithService("nats", "lease_nats", (address) => {
  runLeaseConformance({
    name: "lease_nats",
    shortTtlMs: 3000,
    create: (context) => leaseNats.create(leaseNats.config.parse({ URL: address }), context),
    letTimePass: () => new Promise((resolve) => setTimeout(resolve, 50)),
    async revoke(app) {
      await using admin = await NatsAdmin.connect(address);
      await admin.revoke(app);
    },
  });
});
