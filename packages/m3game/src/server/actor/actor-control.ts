import { ActorControlSer } from "../../../gen/m3/actor_control_pb.js";
import { reasonError } from "../../meta/error.ts";
import { multi } from "../multi.ts";
import type { Server } from "../server.ts";
import type { ActorKind } from "./actor-kind.ts";

/** Hosts the service by which apps hand actors to each other. */
export function actorControl(findKind: (name: string) => ActorKind | undefined): Server {
  const kindOf = (name: string) => {
    const kind = findKind(name);
    if (kind === undefined) throw reasonError("BAD_REQUEST", `this app has no actors of kind ${name}`);
    return kind;
  };
  return multi(ActorControlSer, {
    handOver: async ({ kind, id, targetApp }) => ({ state: await kindOf(kind).handOver(id, targetApp) }),
    takeOver: ({ kind, id, state }) => {
      const actors = kindOf(kind);
      // The claim is this app's already: whoever calls the actor next activates it too.
      if (actors.find(id) === undefined) actors.activate(id, state);
      return {};
    },
  });
}
