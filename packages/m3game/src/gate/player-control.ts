import type { PushFrame } from "../../gen/m3/gate_control_pb.js";
import { PlayerSer } from "../../gen/m3/gate_control_pb.js";
import type { ServiceTable } from "../mesh/service-table.ts";
import type { AppId } from "../meta/app-id.ts";
import { isM3Error, reasonError } from "../meta/error.ts";
import type { Client } from "../rpc/client.ts";
import { defineClient } from "../rpc/define-client.ts";
import type { MaybePromise } from "../rpc/interceptor.ts";
import { p2p } from "../rpc/route.ts";
import type { Context } from "../server/context.ts";
import { multi } from "../server/multi.ts";
import type { Server } from "../server/server.ts";
import type { Session } from "./sessions.ts";

/** What carries out the requests of other apps. */
export interface PlayerHost {
  /** The player's session at this gate; one that moves right now is waited for. */
  find(playerId: string): Promise<(Session & { deliverFrame(frame: PushFrame): MaybePromise<void> }) | undefined>;
  /** The app that has the player's session, a hint. */
  holder(playerId: string): Promise<string | undefined>;
  pushToGroup(group: string, frame: PushFrame): void;
}

type Found = NonNullable<Awaited<ReturnType<PlayerHost["find"]>>>;

interface Request {
  readonly playerId: string;
  readonly forwarded: boolean;
}

// A player may change gates while it is looked for.
const maxLookups = 3;

const maxKnownGates = 10_000;

/** Hosts the service by which apps reach players. `table`: the instances of this app's own service. */
export function playerControl(host: PlayerHost, { app, func }: AppId, table: Pick<ServiceTable, "onChange">): Server {
  const source = defineClient(PlayerSer, { func });
  /** Where players were last: the lease store is not asked for each push. */
  const knownGates = new Map<string, string>();
  table.onChange(() => knownGates.clear());

  function remember(playerId: string, gate: string): void {
    if (knownGates.size >= maxKnownGates) knownGates.clear();
    knownGates.set(playerId, gate);
  }

  /** Does it here, or has the gate do it that has the player. Rejects with PLAYER_OFFLINE. */
  async function reach(
    { playerId, forwarded }: Request,
    ctx: Context,
    here: (session: Found) => MaybePromise<void>,
    there: (gate: Client<typeof PlayerSer>) => Promise<unknown>,
  ): Promise<object> {
    for (let lookup = 0; lookup < maxLookups; lookup++) {
      const session = await host.find(playerId);
      if (session !== undefined) {
        const done = here(session);
        if (done !== undefined) await done;
        return {};
      }
      if (forwarded) break;
      const holder = knownGates.get(playerId) ?? (await host.holder(playerId));
      if (holder === undefined) break;
      if (holder === app) continue;
      try {
        await there(ctx.client(source).to(p2p(holder)));
        remember(playerId, holder);
        return {};
      } catch (error) {
        knownGates.delete(playerId);
        if (!isM3Error(error) || error.reason !== "PLAYER_OFFLINE") throw error;
      }
    }
    throw reasonError("PLAYER_OFFLINE", `player ${playerId} is not connected`);
  }

  return multi(PlayerSer, {
    pushToPlayer: (request, ctx) => {
      const { push } = request;
      if (push === undefined) throw reasonError("BAD_REQUEST", "there is nothing to push");
      const there = (gate: Client<typeof PlayerSer>) => gate.pushToPlayer({ ...request, forwarded: true });
      return reach(request, ctx, (session) => session.deliverFrame(push), there);
    },
    kickPlayer: (request, ctx) => {
      const there = (gate: Client<typeof PlayerSer>) => gate.kickPlayer({ ...request, forwarded: true });
      return reach(request, ctx, (session) => session.kick(request.reason), there);
    },
    joinGroup: (request, ctx) => {
      const there = (gate: Client<typeof PlayerSer>) => gate.joinGroup({ ...request, forwarded: true });
      return reach(request, ctx, (session) => session.join(request.group), there);
    },
    leaveGroup: (request, ctx) => {
      const there = (gate: Client<typeof PlayerSer>) => gate.leaveGroup({ ...request, forwarded: true });
      return reach(request, ctx, (session) => session.leave(request.group), there);
    },
    pushToGroup: ({ group, push }) => {
      if (push !== undefined) host.pushToGroup(group, push);
      return {};
    },
  });
}
