import { setTimeout as delay } from "node:timers/promises";
import { RoleSer } from "../gen/role_pb.js";
import { fightOnce, loginRole } from "./fight-modes.ts";
import { Measure } from "./measure.ts";
import type { Mode } from "./mode.ts";
import type { Player } from "./player.ts";

const pauseMs = 500;

/** What players do, one after the other. */
const deeds = {
  async role(player: Player): Promise<void> {
    const role = player.client.service(RoleSer);
    await role.roleModifyName({ newName: `Soak ${player.roleId}` });
    await role.rolePowerUp({ powerUp: 1 });
    await role.roleGetInfo({ detail: true });
  },
  async club(player: Player): Promise<void> {
    const role = player.client.service(RoleSer);
    // What an earlier run left.
    if ((await role.roleGetInfo({})).clubRoleDb === undefined) await role.roleCreateClub({});
    await role.roleGetClubInfo({});
    await role.roleCancelClub({});
  },
  fight: fightOnce,
} as const;

type Deed = keyof typeof deeds;

const names: readonly Deed[] = ["role", "club", "fight"];

/** Many players change their roles, found clubs and fight, until the time is over; each finishes what it is at. */
export const soak: Mode = async (options, print) => {
  const { players, seconds } = options;
  const measures = { player: new Measure(), role: new Measure(), club: new Measure(), fight: new Measure() };
  const from = performance.now();
  const isOver = () => performance.now() - from > seconds * 1000;
  const live = async (index: number) => {
    using player = await loginRole(options, index);
    let turn = index;
    do {
      const name = names[turn++ % names.length] ?? "role";
      await measures[name].count(() => deeds[name](player));
      await delay(pauseMs);
    } while (!isOver());
  };
  // Spread, so that they are not all at the same deed.
  const lives = Array.from({ length: players }, async (_, index) => {
    await delay((pauseMs * index) / players);
    await measures.player.count(() => live(index));
  });
  await Promise.all(lives);
  const elapsedMs = performance.now() - from;
  let failures = 0;
  for (const [name, measure] of Object.entries(measures)) {
    failures += measure.failures;
    for (const line of measure.report(elapsedMs)) print(`${name}: ${line}`);
  }
  if (failures > 0) throw new Error(`${failures} failures`);
};
