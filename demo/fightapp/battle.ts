import type { MessageInitShape } from "@bufbuild/protobuf";
import type { Plane, World } from "m3game/world";
import type { FightHitSchema, FightSide } from "../gen/fight_pb.js";
import { type BattleRules, damageOf, spawnPlace } from "./battle-rules.ts";
import { type Attack, createBattleWorld, type FighterFields } from "./battle-world.ts";
import { botIntent, type Intent } from "./bot.ts";
import { BattleFighter } from "./fighter.ts";

/** What a client asks for, and how often it has. */
export interface BattleInput extends Intent {
  readonly sequence: number;
}

/** Why an input was not taken, or the attack in it. */
export type Refusal = "member" | "sequence" | "speed" | "target" | "range";

/** An attack may be this much too far away, because its client sees the past: it is taken, and hits once it is in range. */
const lagMs = 500;

/** A fight's game: who is where, who hits whom, who wins. It knows nothing of networks and clocks; `tick` moves it on. */
export class Battle {
  readonly rules: BattleRules;
  readonly fighters: readonly BattleFighter[];
  readonly sideKills: number[];
  readonly world: World<FighterFields, Attack>;
  tickCount = 0;
  remainingMs: number;
  /** Those of the last tick. */
  hits: readonly MessageInitShape<typeof FightHitSchema>[] = [];
  /** The last tick in which a side got ahead. */
  scoredAt = 0;
  readonly #byRole: ReadonlyMap<bigint, BattleFighter>;

  constructor(sides: readonly FightSide[], rules: BattleRules) {
    this.rules = rules;
    this.remainingMs = rules.durationMs;
    this.sideKills = sides.map(() => 0);
    const capacity = sides.reduce((count, { members }) => count + members.length, 0);
    this.world = createBattleWorld(rules, capacity, (world, attacks) => this.#settle(world, attacks));
    this.fighters = sides.flatMap(({ members }, side) =>
      members.map((member, index) => {
        const place = { index, count: members.length };
        const spawn = spawnPlace(rules, { index: side, count: sides.length }, place);
        const damage = damageOf(rules, member);
        const slot = this.world.add({ ...spawn, hp: rules.maxHp, damage });
        return new BattleFighter(member, { side, slot, spawn, maxHp: rules.maxHp });
      }),
    );
    this.#byRole = new Map(this.fighters.map((fighter) => [fighter.roleId, fighter]));
  }

  get isOver(): boolean {
    return this.remainingMs <= 0 || this.sideKills.some((kills) => kills >= this.rules.killsToWin);
  }

  fighter(roleId: bigint): BattleFighter | undefined {
    return this.#byRole.get(roleId);
  }

  /** Undefined for a slot of nobody. */
  at(slot: number): BattleFighter | undefined {
    return this.fighters[slot];
  }

  /** What a fighter wants from now on. What is refused changes nothing; of `range` it walks all the same. */
  input(roleId: bigint, { sequence, moveX, moveY, targetId }: BattleInput): Refusal | undefined {
    const fighter = this.fighter(roleId);
    if (fighter === undefined || fighter.isBot) return "member";
    if (sequence <= fighter.sequence) return "sequence";
    if (!(Math.abs(moveX) <= 1 && Math.abs(moveY) <= 1)) return "speed";
    const target = targetId === 0n ? undefined : this.fighter(targetId);
    if (targetId !== 0n && (target === undefined || target.side === fighter.side)) return "target";
    fighter.sequence = sequence;
    const isFar = target !== undefined && this.#isOutOfReach(fighter, target);
    this.#want(fighter, { moveX, moveY, targetId: isFar ? 0n : targetId });
    return isFar ? "range" : undefined;
  }

  /** A client begins to count its inputs anew. */
  entered(fighter: BattleFighter): void {
    fighter.sequence = 0;
  }

  /** Moves the battle on. */
  tick(deltaMs: number): void {
    for (const fighter of this.fighters) if (fighter.isBot) this.#steer(fighter);
    this.tickCount++;
    this.remainingMs = Math.max(0, this.remainingMs - deltaMs);
    this.world.tick(deltaMs);
    this.show();
  }

  /** Shows of all fighters what the world has. */
  show(): void {
    const { x, y, hp } = this.world.now;
    for (const fighter of this.fighters) {
      const { slot } = fighter;
      fighter.show(this.tickCount, { x: x[slot] ?? 0, y: y[slot] ?? 0, hp: hp[slot] ?? 0 });
    }
  }

  #want({ slot }: BattleFighter, { moveX, moveY, targetId }: Intent): void {
    const length = Math.max(1, Math.hypot(moveX, moveY));
    const target = this.fighter(targetId);
    this.world.set(slot, {
      ...{ moveX: moveX / length, moveY: moveY / length },
      target: target === undefined ? 0 : target.slot + 1,
    });
  }

  #steer(bot: BattleFighter): void {
    if (bot.isDown) return;
    const enemies = this.fighters.filter((other) => other.side !== bot.side && !other.isDown);
    this.#want(
      bot,
      botIntent(
        bot.shown,
        enemies.map(({ shown }) => shown),
        this.rules.range,
      ),
    );
  }

  #isOutOfReach({ shown: a }: BattleFighter, { shown: b }: BattleFighter): boolean {
    const { range, speed } = this.rules;
    return Math.hypot(a.x - b.x, a.y - b.y) > range + (speed * lagMs) / 1000;
  }

  /** The serial phase of a tick: hits, kills, and who is back. */
  #settle(world: Plane<FighterFields>, attacks: readonly Attack[]): void {
    const { hp, damage, respawnMs } = world.next;
    const hits: MessageInitShape<typeof FightHitSchema>[] = [];
    for (const { source, target } of attacks) {
      const [attacker, victim] = [this.at(source), this.at(target)];
      const before = hp[target] ?? 0;
      if (attacker === undefined || victim === undefined || before <= 0) continue;
      const cost = Math.min(before, damage[source] ?? 0);
      hp[target] = before - cost;
      hits.push({ sourceId: attacker.roleId, targetId: victim.roleId, damage: cost });
      if (before > cost) continue;
      respawnMs[target] = this.rules.respawnMs;
      this.#killed(attacker, victim);
    }
    this.hits = hits;
    for (const { slot, spawn } of this.fighters) {
      if ((hp[slot] ?? 0) > 0 || (respawnMs[slot] ?? 0) > 0) continue;
      hp[slot] = this.rules.maxHp;
      world.next.x[slot] = spawn.x;
      world.next.y[slot] = spawn.y;
    }
  }

  #killed(attacker: BattleFighter, victim: BattleFighter): void {
    attacker.kills++;
    victim.deaths++;
    this.sideKills[attacker.side] = (this.sideKills[attacker.side] ?? 0) + 1;
    this.scoredAt = this.tickCount;
  }
}
