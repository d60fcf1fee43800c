import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { Actor, Code, type ExitReason, isM3Error, M3Error } from "m3game";
import { placeOf } from "../clubapp/slots.ts";
import { ClubSer } from "../gen/club_pb.js";
import type { MatchMemberSchema } from "../gen/match_pb.js";
import {
  type RoleCommand,
  RoleCommandSchema,
  type RoleDB,
  type RoleFightResult_Req,
  RoleView,
} from "../gen/role_pb.js";
import { applyFightResult, startRating } from "./fight-result.ts";
import { MatchSearch } from "./match-search.ts";
import { RoleEntity } from "./role-entity.ts";

const retryMs = 5000;

/** A role: active on one app at a time while it plays, its row loaded and saved by the runtime. */
export class Role extends Actor {
  static readonly kind = "Role";
  readonly #entity = this.entity(RoleEntity);
  readonly match = new MatchSearch(this);

  override async onInit(): Promise<void> {
    await this.#entity.load();
    if (this.#entity.isLoaded && this.data.command !== undefined) this.after(0, () => this.#finishLater());
  }

  get roleId(): bigint {
    return BigInt(this.id);
  }

  /** What is stored. Change it: that is all it takes to have it saved. */
  get data(): RoleDB {
    if (!this.#entity.isLoaded) throw this.#notLoggedIn();
    return this.#entity.data;
  }

  /** The role as one who fights. */
  get member(): MessageInitShape<typeof MatchMemberSchema> {
    const { name, rating, power } = this.data;
    return { roleId: this.roleId, name, rating, power };
  }

  /** What others, or the role itself, may see. */
  view(view: RoleView): RoleDB {
    if (!this.#entity.isLoaded) throw this.#notLoggedIn();
    return this.#entity.view(view);
  }

  /** Makes the role at its first login. */
  async login(): Promise<RoleDB> {
    await this.#makeOnce();
    return this.view(RoleView.RVDetail);
  }

  /** What a fight has brought: resolves when it is stored, in the same write as that it was. */
  async takeFightResult(result: RoleFightResult_Req): Promise<void> {
    await this.#makeOnce();
    applyFightResult(this.data, result);
    await this.#entity.save();
    this.match.fought();
  }

  async createClub(clubId: bigint): Promise<void> {
    await this.#run({ kind: { case: "createClub", value: { clubId } } });
  }

  async cancelClub(clubId: bigint): Promise<void> {
    await this.#run({ kind: { case: "cancelClub", value: { clubId } } });
  }

  /**
   * What takes more than one write, here and elsewhere, is first stored as a command. From then on it will be done, also when
   * this app or the other one dies in the middle: each step may be done again. docs/transactions.md explains why.
   */
  async #run(command: MessageInitShape<typeof RoleCommandSchema>): Promise<void> {
    await this.finish();
    this.data.command = create(RoleCommandSchema, command);
    await this.finish();
  }

  /** Does what was begun, once the store has it. Rejects with what it was refused with, which ends it, or with what keeps it from being done now. */
  async finish(): Promise<void> {
    const { command } = this.data;
    if (command === undefined) return;
    try {
      // Also for one that could not be stored before: until it is, nothing of it may be begun.
      await this.#entity.save();
      await this.#execute(command);
    } catch (error) {
      if (!isRefusal(error)) {
        this.after(retryMs, () => this.#finishLater());
        throw error;
      }
      this.data.command = undefined;
      throw error;
    }
    this.data.command = undefined;
  }

  async #execute({ kind }: RoleCommand): Promise<void> {
    const clubs = this.client(ClubSer);
    if (kind.case === "createClub") await clubs.clubCreate({ ...placeOf(kind.value.clubId), roleId: this.roleId });
    if (kind.case === "cancelClub") await clubs.clubDelete({ ...placeOf(kind.value.clubId), roleId: this.roleId });
  }

  async #finishLater(): Promise<void> {
    try {
      await this.finish();
    } catch (error) {
      this.log.warn("what the role had begun is not done yet", { error });
    }
  }

  async #makeOnce(): Promise<void> {
    if (this.#entity.isLoaded) return;
    await this.#entity.create({ name: `Role${this.id}`, rating: startRating, fight: { base: {}, plus: {} } });
  }

  #notLoggedIn(): M3Error {
    return new M3Error(Code.FAILED_PRECONDITION, `role ${this.id} has not logged in yet: call RoleLogin first`);
  }

  // A search for a match goes on where the role moves.
  override onMoveOut(): Uint8Array {
    return this.match.moveOut();
  }

  override onMoveIn(state: Uint8Array): void {
    this.match.moveIn(state);
  }

  override onExit(reason: ExitReason): void {
    this.log.info("offline", { reason });
  }
}

/** True when the callee has decided; anything else may still be done. */
function isRefusal(error: unknown): boolean {
  const codes: readonly Code[] = [
    Code.FAILED_PRECONDITION,
    Code.PERMISSION_DENIED,
    Code.ALREADY_EXISTS,
    Code.NOT_FOUND,
  ];
  return isM3Error(error) && codes.includes(error.code);
}
