import type { DescService } from "@bufbuild/protobuf";
import { findHandler, type Handlers, type Server } from "./server.ts";

/** Hosts a service whose handlers run concurrently: what stateless services want. */
export function multi<S extends DescService>(service: S, handlers: Handlers<S>): Server {
  return {
    service,
    finds: "ring",
    start: () => (method) => findHandler(handlers, method),
  };
}
