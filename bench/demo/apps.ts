import { type Instance, parseAppId } from "m3game";

export const fightId = "bench.world1.fight.1";
export const gateId = "bench.world1.gate.1";
export const membersEach = 4;

/** The ports of the two processes. */
export interface Ports {
  readonly fight: number;
  readonly gate: number;
}

/** Both know each other from the start. */
export function instancesOf(ports: Ports): readonly Instance[] {
  const instance = (id: string, port: number): Instance => {
    const { app, service } = parseAppId(id);
    return { app, service, host: "", port: 0, meta: { "m3ep.tcp": `127.0.0.1:${port}` } };
  };
  return [instance(fightId, ports.fight), instance(gateId, ports.gate)];
}

export function meshConfig(port: number): string {
  return `
    [[Plugin.Router.router_static]]
    [[Plugin.Trans.trans_tcp]]
    Host = "127.0.0.1"
    Port = ${port}
    [[Plugin.Lease.lease_memory]]
  `;
}

/** The members of a fight, one side after the other; `firstId` is above 0 for roles, below for bots. */
export function sidesOf(firstId: bigint) {
  const step = firstId < 0n ? -1n : 1n;
  const ids = Array.from({ length: membersEach }, (_, index) => firstId + step * BigInt(index));
  const side = (from: number, to: number) => ({
    members: ids.slice(from, to).map((roleId) => ({ roleId, name: `Role${roleId}`, rating: 1000 })),
  });
  return [side(0, membersEach / 2), side(membersEach / 2, membersEach)];
}
