import { reasonError } from "../../meta/error.ts";

const separator = ",";
/** Longer chains are a mistake, and each link takes room in every frame. */
const maxLinks = 32;

/** True when the chain has passed through this actor. */
export function chainHolds(chain: string, actor: string): boolean {
  return chain !== "" && chain.split(separator).includes(actor);
}

/** The chain with one more actor at its end. Throws CALL_CYCLE when it is absurdly long. */
export function extendChain(chain: string, actor: string): string {
  if (chain === "") return actor;
  if (chain.split(separator).length >= maxLinks) {
    throw reasonError("CALL_CYCLE", `a call chain of more than ${maxLinks} actors: ${showChain(chain, actor)}`);
  }
  return `${chain}${separator}${actor}`;
}

/** The chain as a message shows it. */
export function showChain(chain: string, actor: string): string {
  return `${chain.replaceAll(separator, " -> ")} -> ${actor}`;
}

/** An actor's name in call chains and logs: its kind and id, with nothing in it that a frame or the chain can't carry. */
export function actorName(kind: string, id: string): string {
  // Nearly every id is plain, and to find that out is several times faster than to encode it.
  return plainId.test(id) ? `${kind}/${id}` : `${kind}/${encodeURIComponent(id)}`;
}

/** What `encodeURIComponent` leaves as it is. */
const plainId = /^[\w.!~*'()-]*$/;
