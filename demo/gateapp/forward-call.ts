import { Code, hash, M3Error, type PlayerCall } from "m3game";
import { FightSer } from "../gen/fight_pb.js";

/**
 * Where a client's call goes: to the actor of its own role, and of FightSer to the fight that it names. Who may do what in a
 * fight is for the fight to say: it is told who calls.
 */
export async function forwardCall(call: PlayerCall): Promise<Uint8Array> {
  const { desc, actorKey } = call.meta.service;
  if (desc !== FightSer) return call.forward();
  const fightId = fightOf(call);
  return call.forward({ route: hash(fightId), metadata: { [actorKey]: fightId } });
}

function fightOf({ meta, method, content }: PlayerCall): string {
  try {
    return meta.routeKey?.read(meta.decodeRequest(content)) ?? "";
  } catch (cause) {
    throw new M3Error(Code.INVALID_ARGUMENT, `the request of ${method} can't be decoded`, { cause });
  }
}
