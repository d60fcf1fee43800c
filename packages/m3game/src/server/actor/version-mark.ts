import { ActorVersionDBSchema, ActorVersionFlagSchema } from "../../../gen/m3/actor_version_pb.js";
import { createEntity } from "../../entity/entity.ts";
import type { EntityDb } from "../../entity/entity-db.ts";
import { defineEntity } from "../../entity/entity-definition.ts";
import type { EntityHost } from "../../entity/entity-host.ts";

const ActorVersionEntity = defineEntity(ActorVersionDBSchema, {
  table: "m3_actor_version",
  flags: ActorVersionFlagSchema,
});

export interface VersionMarkOptions {
  readonly db: EntityDb;
  /** The actor that it is about. */
  readonly claim: string;
  readonly host: EntityHost;
  /** Of this app. */
  readonly version: string;
}

/** On which version of the game an actor has run: a row beside its own, for the time in which it is not active. */
export class VersionMark {
  /** Of this app. */
  readonly version: string;
  readonly #entity: ReturnType<typeof createVersionEntity>;
  #isRead = false;
  #setting: Promise<void> | undefined;

  constructor(options: VersionMarkOptions) {
    this.version = options.version;
    this.#entity = createVersionEntity(options);
  }

  /** The version that it has run on last; undefined: none is known. */
  async ranOn(): Promise<string | undefined> {
    if (!this.#isRead) await this.#entity.load();
    this.#isRead = true;
    return this.#entity.isLoaded ? this.#entity.data.version : undefined;
  }

  /** From now on it has run on the version of this app. Asked again while that is stored it waits for the same. */
  set(): Promise<void> {
    this.#setting ??= this.#set().finally(() => {
      this.#setting = undefined;
    });
    return this.#setting;
  }

  async #set(): Promise<void> {
    const known = await this.ranOn();
    if (known === this.version) return;
    if (known === undefined) return this.#entity.create({ version: this.version });
    this.#entity.data.version = this.version;
    await this.#entity.save();
  }
}

function createVersionEntity({ db, claim, host }: VersionMarkOptions) {
  return createEntity(ActorVersionEntity, { db, key: claim, host });
}
