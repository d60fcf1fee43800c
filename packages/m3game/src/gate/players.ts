import { create, type DescMessage, type DescService, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import { PlayerSer, type PushFrame, PushFrameSchema } from "../../gen/m3/gate_control_pb.js";
import type { Client } from "../rpc/client.ts";
import { type ClientSource, defineClient } from "../rpc/define-client.ts";
import { broadcast, p2p } from "../rpc/route.ts";
import type { PushOptions } from "./sessions.ts";

/** What can make calls: a context, an actor, an app. */
export interface PlayersCaller {
  /** A client of the service, as `ctx.client` gives it. */
  client<S extends DescService>(source: ClientSource<S>): Client<S>;
}

/** Where the gates are. */
export interface PlayersOptions {
  /** The function of the gates. @default "gate" */
  readonly func?: string;
  /** App id of the gate where the player probably is, such as the source of its last call: it saves a hop. */
  readonly gate?: string;
}

/**
 * The players that are connected, wherever that is. All but `pushToGroup` resolve when the player's gate has done it, and reject with
 * PLAYER_OFFLINE when the player has no session.
 */
export interface Players {
  /** Sends a player a message. That the gate has it does not say that the client has. */
  push<D extends DescMessage>(
    playerId: string,
    schema: D,
    message: MessageInitShape<D>,
    options?: PushOptions,
  ): Promise<void>;
  /** Ends the player's session with SESSION_KICKED. */
  kick(playerId: string, reason: string): Promise<void>;
  /** The player gets what is pushed to the group from now on. */
  join(playerId: string, group: string): Promise<void>;
  /** The player gets nothing more that is pushed to the group. */
  leave(playerId: string, group: string): Promise<void>;
  /** Sends everyone in a group a message, encoded once. One way: resolves when it is on its way to the gates. @default droppable */
  pushToGroup<D extends DescMessage>(
    group: string,
    schema: D,
    message: MessageInitShape<D>,
    options?: PushOptions,
  ): Promise<void>;
}

/** The way to players from any app: `await players(ctx).push(id, ChatSchema, { text })`. */
export function players(caller: PlayersCaller, { func = "gate", gate }: PlayersOptions = {}): Players {
  const client = caller.client(defineClient(PlayerSer, { func }));
  const gates = gate === undefined ? client : client.to(p2p(gate));
  return {
    async push(playerId, schema, message, options) {
      await gates.pushToPlayer({ playerId, push: toFrame(schema, message, options) });
    },
    async kick(playerId, reason) {
      await gates.kickPlayer({ playerId, reason });
    },
    async join(playerId, group) {
      await gates.joinGroup({ playerId, group });
    },
    async leave(playerId, group) {
      await gates.leaveGroup({ playerId, group });
    },
    async pushToGroup(group, schema, message, options = { delivery: "droppable" }) {
      await client.to(broadcast()).pushToGroup({ group, push: toFrame(schema, message, options) });
    },
  };
}

/** A message as gates take it. */
export function toFrame<D extends DescMessage>(
  schema: D,
  message: MessageInitShape<D>,
  options?: PushOptions,
): PushFrame {
  return pushFrame(schema.typeName, toBinary(schema, create(schema, message)), options);
}

export function pushFrame(type: string, content: Uint8Array, { delivery = "reliable" }: PushOptions = {}): PushFrame {
  return create(PushFrameSchema, {
    ...{ type, content, droppable: delivery === "droppable" },
    latestKey: typeof delivery === "object" ? delivery.latest : "",
  });
}
