import type { Message } from "@bufbuild/protobuf";
import { Code } from "../../meta/code.ts";
import { M3Error, reasonError } from "../../meta/error.ts";
import { RouteType } from "../../meta/route-type.ts";
import { forwardCall } from "../forward-call.ts";
import type { ServerCall } from "../server-call.ts";
import type { ActorRunner } from "./activation.ts";
import type { Actor } from "./actor.ts";
import type { ActorHosting } from "./actor-hosting.ts";
import type { ActorKind } from "./actor-kind.ts";
import { HeldElsewhere, heldElsewhere } from "./held-elsewhere.ts";
import { ranOnNewer } from "./ran-on-newer.ts";

/** How often a call may be handed on before it is answered with where the actor is. */
const maxHops = 2;
/** How often one call has an actor moved here before it gives up: others want it elsewhere. */
const maxTakeOvers = 3;
/** How often the claim of an actor is looked at whose app can't be reached. */
const lookMs = 1000;

/** Runs a call on its actor: where it is active, else here. An explicit P2P call has it moved here first. */
export async function findAndCall<A extends Actor>(
  actors: ActorHosting,
  kind: ActorKind<A>,
  id: string,
  call: ServerCall,
  run: ActorRunner<A>,
): Promise<Message> {
  const wait = new HolderWait({ actors, kind, id, call });
  for (let takeOvers = 0; ; ) {
    if (call.settled) throw reasonError("CANCELLED", `nobody waits for ${call.method} any more`);
    const found = kind.find(id);
    if (found?.state === "leaving" && !found.isWaitedFor(call)) {
      await found.whenGone();
      continue;
    }
    const arriving = found === undefined ? actors.arriving(kind, id) : undefined;
    if (arriving !== undefined) {
      await arriving;
      continue;
    }
    try {
      if (found === undefined) {
        const mayActivate = actors.mayActivate();
        // Only the first hop is taken on trust: the app that it leads to asks the claim.
        const holder = call.hops === 0 && !mayMove(call) ? kind.holders.get(id) : undefined;
        if (holder !== undefined && actors.isReachable(holder)) return forwardCall(call, holder);
        if (!mayActivate) throw await elsewhere(actors, kind, id);
      }
      return await (found ?? kind.activate(id)).accept(call, run);
    } catch (error) {
      const newer = ranOnNewer(error, kind.claimId(id));
      if (newer !== undefined) {
        const target = actors.ownerFrom(newer.version, id);
        if (target === undefined || call.hops >= maxHops) throw error;
        kind.holders.set(id, target);
        return forwardCall(call, target);
      }
      const held = heldElsewhere(error, kind.claimId(id));
      // Once the handler has run, running it elsewhere would be a second time.
      if (held === undefined || call.started) throw error;
      const { app } = held.holder;
      if (!actors.isReachable(app)) {
        await wait.next(held);
      } else if (mayMove(call)) {
        if (++takeOvers > maxTakeOvers) throw error;
        await actors.takeOver(kind, id, held.holder);
      } else {
        if (call.hops >= maxHops) throw error;
        kind.holders.set(id, app);
        return forwardCall(call, app);
      }
    }
  }
}

/** True for a call that has its actor moved to where it went. */
function mayMove(call: ServerCall): boolean {
  return call.routeType === RouteType.P2P && call.hops === 0;
}

/** Why a call can't go on here where it must not activate its actor. */
async function elsewhere(actors: ActorHosting, kind: ActorKind, id: string): Promise<M3Error> {
  const holder = await actors.holder(kind, id);
  if (holder !== undefined && actors.isReachable(holder.app))
    return new HeldElsewhere(kind.claimId(id), holder, undefined);
  return new M3Error(
    Code.NOT_FOUND,
    `${kind.name} ${id} is not active, and AutoCreate in [[Server.Actor]] is false: activate it first`,
  );
}

interface WaitRequest {
  readonly actors: ActorHosting;
  readonly kind: Pick<ActorKind, "whenActivated">;
  readonly id: string;
  readonly call: ServerCall;
}

/**
 * Waits for an app that the registry does not know: one that is draining hands its actors over soon, one that has died
 * keeps them until its session ends. After half the call's time its caller is told how long that takes, and may wait by itself.
 */
class HolderWait {
  readonly #request: WaitRequest;
  #leftMs: number | undefined;

  constructor(request: WaitRequest) {
    this.#request = request;
  }

  /** Resolves when it is worth looking again. Throws `error` when the time to wait is over. */
  async next(error: HeldElsewhere): Promise<void> {
    const { actors, call, kind, id } = this.#request;
    this.#leftMs ??= Math.min(actors.patienceMs, call.remainingMs / 2);
    const waitMs = Math.min(lookMs, this.#leftMs, error.retryAfterMs ?? lookMs);
    if (waitMs <= 0) throw error;
    this.#leftMs -= waitMs;
    await kind.whenActivated(id, waitMs);
  }
}
