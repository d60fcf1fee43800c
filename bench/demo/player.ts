import type { GameClient } from "@m3game/client";
import { botIntent } from "@m3game/demo/fightapp/bot";
import { FightDeltaSchema, type Fighter, FightSer, FightSnapshotSchema } from "@m3game/demo/gen/fight_pb.js";

const range = 6;
const middle = { roleId: 0n, x: 32, y: 20 };

/** A client that fights: it goes by what it is shown, to whom it sees or else to the middle of the map. */
export class Player {
  pushes = 0;
  readonly #roleId: bigint;
  readonly #fightId: string;
  readonly #fights;
  readonly #seen = new Map<bigint, Fighter>();
  #sequence = 0;

  constructor(client: GameClient, roleId: bigint, fightId: string) {
    this.#roleId = roleId;
    this.#fightId = fightId;
    this.#fights = client.service(FightSer);
    client.on(FightSnapshotSchema, ({ fighters }) => this.#see(fighters));
    client.on(FightDeltaSchema, ({ fighters, left }) => this.#see(fighters, left));
  }

  async enter(): Promise<void> {
    const { snapshot } = await this.#fights.fightEnter({ fightId: this.#fightId });
    for (const fighter of snapshot?.fighters ?? []) this.#seen.set(fighter.roleId, fighter);
  }

  async act(): Promise<void> {
    const self = this.#seen.get(this.#roleId);
    if (self === undefined) return;
    const enemies = [...this.#seen.values()].filter(({ side, hp }) => side !== self.side && hp > 0);
    const { moveX, moveY, targetId } = botIntent(self, enemies.length > 0 ? enemies : [middle], range);
    await this.#fights.fightInput({ fightId: this.#fightId, sequence: ++this.#sequence, moveX, moveY, targetId });
  }

  #see(fighters: readonly Fighter[], left: readonly bigint[] = []): void {
    this.pushes++;
    for (const fighter of fighters) this.#seen.set(fighter.roleId, fighter);
    for (const roleId of left) this.#seen.delete(roleId);
  }
}
