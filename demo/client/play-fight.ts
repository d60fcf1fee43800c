import { standardRules } from "../fightapp/battle-rules.ts";
import { botIntent } from "../fightapp/bot.ts";
import type { Fighter, FightResult, FightSnapshot } from "../gen/fight_pb.js";
import { MatchFormedSchema, MatchTimedOutSchema, RoleSer } from "../gen/role_pb.js";
import { FightFeed, type FightInput } from "./fight-feed.ts";
import type { Player } from "./player.ts";

/** Looks for opponents. Resolves with the fight that was found; rejects when nobody comes in time. */
export async function findFight({ client }: Player): Promise<string> {
  const { promise: found, resolve, reject } = Promise.withResolvers<string>();
  const stops = [
    client.on(MatchFormedSchema, ({ fightId }) => resolve(fightId)),
    client.on(MatchTimedOutSchema, () => reject(new Error("nobody came to fight"))),
    client.onState(({ state }) => {
      if (state === "closed") reject(new Error("the session has ended"));
    }),
  ];
  try {
    const { fightId } = await client.service(RoleSer).roleMatchJoin({});
    return fightId === "" ? await found : fightId;
  } finally {
    for (const stop of stops) stop();
  }
}

/** Fights as a bot of the server does: walks to the nearest enemy and attacks it. Resolves with how it ended. */
export async function playFight(player: Pick<Player, "client" | "roleId">, fightId: string): Promise<FightResult> {
  const { promise, resolve, reject } = Promise.withResolvers<FightResult>();
  const fighters = new Map<bigint, Fighter>();
  let middle: FightInput = { moveX: 0, moveY: 0, targetId: 0n };
  let wanted: FightInput | undefined;

  const see = (snapshot: FightSnapshot) => {
    fighters.clear();
    for (const fighter of snapshot.fighters) fighters.set(fighter.roleId, fighter);
    middle = towards(fighters.get(player.roleId), { x: snapshot.width / 2, y: snapshot.height / 2 });
    act();
  };
  const act = () => {
    const next = intentOf(player.roleId, fighters) ?? middle;
    if (wanted !== undefined && isSame(next, wanted)) return;
    wanted = next;
    feed.want(next);
  };
  const feed = new FightFeed(player.client, fightId, {
    onEnter(snapshot) {
      wanted = undefined;
      see(snapshot);
    },
    onSnapshot: see,
    onDelta(delta) {
      for (const fighter of delta.fighters) fighters.set(fighter.roleId, fighter);
      for (const id of delta.left) fighters.delete(id);
      act();
    },
    onOver: resolve,
    onLost: reject,
  });
  return await promise.finally(() => feed.close());
}

/** What to do about the enemies in sight; undefined when there are none. */
function intentOf(roleId: bigint, fighters: ReadonlyMap<bigint, Fighter>): FightInput | undefined {
  const self = fighters.get(roleId);
  if (self === undefined) return undefined;
  const enemies = [...fighters.values()].filter(({ side, hp }) => side !== self.side && hp > 0);
  return enemies.length === 0 ? undefined : botIntent(self, enemies, standardRules.range);
}

function towards(self: Fighter | undefined, place: { readonly x: number; readonly y: number }): FightInput {
  const [x, y] = self === undefined ? [0, 0] : [place.x - self.x, place.y - self.y];
  const distance = Math.hypot(x, y);
  return distance < 1
    ? { moveX: 0, moveY: 0, targetId: 0n }
    : { moveX: x / distance, moveY: y / distance, targetId: 0n };
}

function isSame(one: FightInput, other: FightInput): boolean {
  const near = Math.hypot(one.moveX - other.moveX, one.moveY - other.moveY) < 0.1;
  return near && one.targetId === other.targetId;
}
