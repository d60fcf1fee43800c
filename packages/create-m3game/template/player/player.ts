import { Actor, defineEntity } from "m3game";
import { type PlayerData, PlayerDataSchema, PlayerFlagSchema } from "../gen/player_pb.js";

const PlayerEntity = defineEntity(PlayerDataSchema, { table: "player", flags: PlayerFlagSchema });

/** A player: active on one app at a time. The runtime loads and saves what is stored. */
export class Player extends Actor {
  readonly #entity = this.entity(PlayerEntity);

  override async onInit(): Promise<void> {
    await this.#entity.load({ orCreate: { gold: 0 } });
  }

  /** What is stored. Change it: that is all it takes to have it saved. */
  get data(): PlayerData {
    return this.#entity.data;
  }

  dig(): void {
    this.data.gold += 1;
  }
}
