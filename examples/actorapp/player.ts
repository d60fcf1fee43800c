import { Actor, Code, defineEntity, type ExitReason, M3Error, p2p } from "m3game";
import { AcFlagSchema, type ActorDB, ActorDBSchema } from "../gen/actor_pb.js";
import { GateSer } from "../gen/gate_pb.js";

const PlayerEntity = defineEntity(ActorDBSchema, { table: "actor", flags: AcFlagSchema });

// A gate that is gone must not keep a player from leaving.
const pushTimeoutMs = 1000;

/** A player: active on one app at a time, its row loaded and saved by the runtime. */
export class Player extends Actor {
  readonly #entity = this.entity(PlayerEntity);
  /** The app that holds the player's connection; empty without one. */
  #gate = "";

  /** What is stored of the player. Change it: that is all it takes to have it saved. */
  get data(): ActorDB {
    if (this.#entity.isLoaded) return this.#entity.data;
    throw new M3Error(Code.NOT_FOUND, `there is no player ${this.id}: call proto.ActorRegSer/Register first`);
  }

  override async onInit(): Promise<void> {
    await this.#entity.load();
  }

  /** Makes the player and resolves when it is stored; one that exists keeps its data. */
  async register(name: string): Promise<void> {
    if (!this.#entity.isLoaded) await this.#entity.create({ name, level: 1 });
  }

  /** Remembers who has the player's connection: the app that the login came from. */
  login(gate: string): ActorDB {
    const { data } = this;
    this.#gate = gate;
    return data;
  }

  override async onExit(reason: ExitReason): Promise<void> {
    if (this.#gate === "" || (reason !== "idle" && reason !== "requested")) return;
    try {
      const gate = this.client(GateSer).to(p2p(this.#gate));
      await gate.sendToCli({ playerId: this.id, content: "Exited" }, { timeoutMs: pushTimeoutMs });
    } catch (error) {
      this.log.warn("the player's gate was not told that it went offline", { gate: this.#gate, error });
    }
  }

  override onMoveOut(): Uint8Array {
    return new TextEncoder().encode(this.#gate);
  }

  override onMoveIn(state: Uint8Array): void {
    this.#gate = new TextDecoder().decode(state);
  }
}
