export const fightId = "bench.world1.fight.1";
export const gateId = "bench.world1.gate.1";
export const membersEach = 4;

/** What both apps have: they know each other by `ToldRegistry`, and call each other by trans_tcp. */
export const meshConfig = `
  [[Plugin.Router.router_told]]
  [[Plugin.Trans.trans_tcp]]
  Host = "127.0.0.1"
  Port = 0
  [[Plugin.Lease.lease_memory]]
`;

/** The members of a fight, one side after the other; `firstId` is above 0 for roles, below for bots. */
export function sidesOf(firstId: bigint) {
  const step = firstId < 0n ? -1n : 1n;
  const ids = Array.from({ length: membersEach }, (_, index) => firstId + step * BigInt(index));
  const side = (from: number, to: number) => ({
    members: ids.slice(from, to).map((roleId) => ({ roleId, name: `Role${roleId}`, rating: 1000 })),
  });
  return [side(0, membersEach / 2), side(membersEach / 2, membersEach)];
}
