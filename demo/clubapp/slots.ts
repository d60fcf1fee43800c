/**
 * How many slots there are: what clubs move by from app to app. It can't be changed once there are clubs, because it decides
 * where each of them lies.
 */
const slots = 16n;

/** All slots: each lives on one of the club apps at any time. */
export const slotIds: readonly string[] = Array.from({ length: Number(slots) }, (_, index) => String(index));

/** Where a club lies, as the requests of ClubSer want it. */
export function placeOf(clubId: bigint): { readonly slotId: bigint; readonly clubId: bigint } {
  return { slotId: clubId % slots, clubId };
}
