import type { Actor, ActorClass } from "./actor/actor.ts";
import type { ActorApp } from "./actor/actor-app.ts";
import type { Actors } from "./actor/actors.ts";

/** The app that hosts a server, as its handlers use it outside of a call. Resources are read from the set that was loaded last. */
export interface HostApp extends ActorApp {
  /** The actors of a class that this app hosts. Throws RangeError for another class. */
  actors(actorClass: ActorClass<Actor>): Actors;
}
