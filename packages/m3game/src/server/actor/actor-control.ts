import { ActorControlSer } from "../../../gen/m3/actor_control_pb.js";
import { multi } from "../multi.ts";
import type { Server } from "../server.ts";

/** What other apps ask of the actors of this one. */
export interface ActorControl {
  /** Gives an actor, or its claim where it is not active, to another app. Resolves with what `onMoveOut` gave. */
  handOver(kind: string, id: string, targetApp: string): Promise<Uint8Array>;
  /** The claim of an actor belongs to this app now. */
  takeIn(kind: string, id: string, state: Uint8Array): void;
}

/** Hosts the service by which apps hand actors to each other. */
export function actorControl(control: ActorControl): Server {
  return multi(ActorControlSer, {
    handOver: async ({ kind, id, targetApp }) => ({ state: await control.handOver(kind, id, targetApp) }),
    takeOver: ({ kind, id, state }) => {
      control.takeIn(kind, id, state);
      return {};
    },
  });
}
