import { type DescMessage, fromBinary, type MessageShape } from "@bufbuild/protobuf";
import { defineApp, multi } from "m3game";
import { PlayerSer } from "m3game/gen/m3/gate_control_pb.js";

/** A gate that every player is connected to: it notes what is pushed. */
export class FakeGate {
  readonly #pushes: { readonly playerId: string; readonly type: string; readonly content: Uint8Array }[] = [];

  readonly app = defineApp({
    func: "gate",
    servers: [
      multi(PlayerSer, {
        pushToPlayer: ({ playerId, push }) => {
          if (push !== undefined) this.#pushes.push({ playerId, type: push.type, content: push.content });
          return {};
        },
        kickPlayer: () => ({}),
        joinGroup: () => ({}),
        leaveGroup: () => ({}),
        pushToGroup: () => ({}),
      }),
    ],
  });

  /** The messages of a type that a player got, in order. */
  pushesTo<D extends DescMessage>(playerId: bigint, schema: D): readonly MessageShape<D>[] {
    return this.#pushes
      .filter((push) => push.playerId === String(playerId) && push.type === schema.typeName)
      .map(({ content }) => fromBinary(schema, content));
  }
}
