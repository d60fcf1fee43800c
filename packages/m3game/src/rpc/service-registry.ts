import type { DescService } from "@bufbuild/protobuf";
import { readServiceMeta, type ServiceMeta } from "../meta/service-meta.ts";

/** The services one app has met, each read and checked once. */
export class ServiceRegistry {
  readonly #metas = new Map<DescService, ServiceMeta>();

  /** Throws PROTO_INVALID. */
  get(service: DescService): ServiceMeta {
    let meta = this.#metas.get(service);
    if (meta === undefined) {
      meta = readServiceMeta(service);
      this.#metas.set(service, meta);
    }
    return meta;
  }
}
