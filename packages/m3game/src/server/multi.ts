import type { DescService } from "@bufbuild/protobuf";
import { findHandler, type HandlerSource, makeHandlers, type Server } from "./server.ts";

/** Hosts a service whose handlers run concurrently: what stateless services want. */
export function multi<S extends DescService>(service: S, handlers: HandlerSource<S>): Server {
  return {
    service,
    finds: "ring",
    start({ app }) {
      const made = makeHandlers(handlers, app);
      return (method) => findHandler(made, method);
    },
  };
}
