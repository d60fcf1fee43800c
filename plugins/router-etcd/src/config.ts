import { checkEtcdFields, etcdFields } from "@m3game/etcd-client";
import { z } from "zod";

/** The section `[[Plugin.Router.router_etcd]]`. */
export const routerEtcdConfig = z
  .strictObject({
    ...etcdFields,
    /** How long an app that says nothing more stays in the registry, in seconds. */
    LeaseKeepLiveTime: z.int().min(2).max(3600).default(10),
  })
  .check(checkEtcdFields);

export type RouterEtcdConfig = z.output<typeof routerEtcdConfig>;
