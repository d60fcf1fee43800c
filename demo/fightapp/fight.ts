import { create, fromBinary, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import { Actor, Code, M3Error, type Timer } from "m3game";
import {
  type FightEnter_RspSchema,
  FightOverSchema,
  type FightResult,
  type FightSide,
  FightStateSchema,
  FightViewerSchema,
} from "../gen/fight_pb.js";
import { MatchSer } from "../gen/match_pb.js";
import { RoleFightSer } from "../gen/role_pb.js";
import { ZoneSer } from "../gen/zone_pb.js";
import { Audience } from "./audience.ts";
import { Battle, type BattleInput, type Refusal } from "./battle.ts";
import { resultOf } from "./battle-result.ts";
import { isBot } from "./battle-rules.ts";
import { restoreBattle, saveBattle } from "./battle-state.ts";
import { rulesOf } from "./fight-config.ts";
import { FightEntity } from "./fight-entity.ts";
import { tellRoles } from "./tell-roles.ts";
import { TickReport } from "./tick-report.ts";

/** 20 Hz. */
const tickMs = 50;
const retryMs = 1000;

const refused = { name: "fight_refused_total", help: "What fights did not let clients do", labels: ["reason"] };

/**
 * A fight, on the app that the zone chose. What happens in it is in memory alone: when its app dies, it starts over elsewhere.
 * Its row has who fights, and from the end on the result and which roles have stored their part of it.
 */
export class Fight extends Actor {
  static readonly kind = "Fight";
  readonly #row = this.entity(FightEntity);
  readonly #audience = new Audience({ fightId: this.id, caller: this.app, log: this.log });
  #battle: Battle | undefined;
  #ticking: Timer | undefined;

  override async onInit(): Promise<void> {
    await this.#row.load();
    if (this.#row.isLoaded) this.#goOn();
  }

  /** Begins it, once. */
  async begin(sides: readonly FightSide[]): Promise<void> {
    if (this.#row.isLoaded) return;
    await this.#row.create({ sides: [...sides] });
    this.#goOn();
  }

  /** A client is there: what its fighter sees, or how it ended. */
  async enter(roleId: bigint, gate: string): Promise<MessageInitShape<typeof FightEnter_RspSchema>> {
    this.#checkMember(roleId);
    const battle = this.#battle;
    const fighter = battle?.fighter(roleId);
    if (battle === undefined || fighter === undefined) {
      if (this.#result === undefined) return {};
      // As long as it is not stored it may still become another.
      await this.#row.save();
      return { result: this.#result };
    }
    battle.entered(fighter);
    return { snapshot: this.#audience.enter(fighter, gate).snapshot(this.id, battle) };
  }

  input(roleId: bigint, input: BattleInput): void {
    this.#checkMember(roleId);
    const refusal = this.#battle?.input(roleId, input);
    if (refusal !== undefined) this.#refuse(refusal);
  }

  override onMoveOut(): Uint8Array {
    if (this.#battle === undefined) return new Uint8Array(0);
    const state = saveBattle(this.#battle);
    state.viewers = Array.from(this.#audience.viewers, ({ fighter, gate = "" }) =>
      create(FightViewerSchema, { roleId: fighter.roleId, gate }),
    );
    return toBinary(FightStateSchema, state);
  }

  override onMoveIn(bytes: Uint8Array): void {
    if (this.#battle === undefined) return;
    const state = fromBinary(FightStateSchema, bytes);
    const battle = restoreBattle(this.#row.data.sides, this.#battle.rules, state);
    this.#battle = battle;
    for (const { roleId, gate } of state.viewers) {
      const fighter = battle.fighter(roleId);
      if (fighter !== undefined) this.#audience.enter(fighter, gate).forget();
    }
  }

  get #result(): FightResult | undefined {
    return this.#row.data.result;
  }

  /** Plays it from the beginning; of a fight that is over, sees to its result. */
  #goOn(): void {
    if (this.#result !== undefined) {
      this.after(0, () => this.#settle());
      return;
    }
    const battle = new Battle(this.#row.data.sides, rulesOf(this.app.config));
    const report = new TickReport(this.app, { fightId: this.id, fighters: battle.fighters.length, tickMs });
    this.#battle = battle;
    this.#ticking = this.every(tickMs, () => {
      report.tick();
      this.#tick();
    });
  }

  #tick(): void {
    const battle = this.#battle;
    if (battle === undefined) return;
    battle.tick(tickMs);
    this.#audience.show(battle);
    if (!battle.isOver) return;
    this.#ticking?.cancel();
    this.#battle = undefined;
    this.#row.data.result = resultOf(battle, this.#row.data.sides);
    this.after(0, () => this.#settle());
  }

  /** What is left to do after the end, again and again until all of it is done. */
  async #settle(): Promise<void> {
    try {
      await this.#end();
    } catch (error) {
      this.log.warn("not everybody knows yet how the fight ended", { error });
      this.after(retryMs, () => this.#settle());
    }
  }

  async #end(): Promise<void> {
    const { data } = this.#row;
    // Nobody hears of a result that may still become another.
    await this.#row.save();
    try {
      await tellRoles(data, this.client(RoleFightSer));
    } finally {
      await this.#row.save();
      await this.#audience.end(
        create(FightOverSchema, { fightId: this.id, ...(data.result && { result: data.result }) }),
      );
    }
    // The zone comes last: as long as it knows of the fight, it brings it back.
    await this.client(MatchSer).matchEnd({ matchId: this.id });
    await this.client(ZoneSer).zoneEnd({ fightId: this.id });
    this.exit();
  }

  #checkMember(roleId: bigint): void {
    if (!this.#row.isLoaded) {
      this.exit();
      throw new M3Error(Code.NOT_FOUND, `there is no fight ${this.id}`);
    }
    const isMember = this.#row.data.sides.some(({ members }) => members.some((member) => member.roleId === roleId));
    if (isMember && !isBot(roleId)) return;
    this.#refuse("member");
    throw new M3Error(Code.PERMISSION_DENIED, `role ${roleId} does not fight here`);
  }

  #refuse(reason: Refusal): void {
    this.metrics.counter(refused).add(1, { reason });
  }
}
