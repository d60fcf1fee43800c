import { ActorControlSer } from "../../../gen/m3/actor_control_pb.js";
import { multi } from "../multi.ts";
import type { Server } from "../server.ts";
import { type MovedActor, nothingMoved } from "./moved-actor.ts";

/** Another app asks for an actor. */
export interface ActorRequest {
  readonly kind: string;
  readonly id: string;
  readonly targetApp: string;
  /** The counter of the claim as that app saw it. */
  readonly counter: bigint;
}

/** What other apps ask of the actors of this one. */
export interface ActorControl {
  /** Gives an actor, or its claim where it is not active, to another app. Resolves with what moves along. */
  handOver(request: ActorRequest): Promise<MovedActor>;
  /** The claim of an actor belongs to this app now. */
  takeIn(kind: string, id: string, moved: MovedActor): void;
}

/** Hosts the service by which apps hand actors to each other. */
export function actorControl(control: ActorControl): Server {
  return multi(ActorControlSer, {
    handOver: async (request) => {
      const moved = await control.handOver(request);
      return { moved: { ...moved, rows: [...moved.rows] } };
    },
    takeOver: ({ kind, id, moved = nothingMoved }) => {
      control.takeIn(kind, id, moved);
      return {};
    },
  });
}
