import { type Db, silentLogger, systemClock } from "m3game";
import { createEntity, EntityDb, type EntityHost, SaveQueue } from "m3game/internal";
import { playerId } from "../actor/requests.ts";
import { ProfileEntity, smallProfile } from "./profile.ts";

/** An actor as its entity sees it: this app owns it, and what it writes is fenced. */
function ownedHost(id: string): EntityHost {
  const scope = { claim: `bench/${id}`, fence: { epoch: 1n, counter: 1n } };
  const host: EntityHost = {
    savingState: undefined,
    owns: () => true,
    scope: () => scope,
    deadline: () => Number.POSITIVE_INFINITY,
    onFenced: (error) => {
      throw error;
    },
    onSaveFailed: (error) => {
      throw error;
    },
  };
  return host;
}

/** Entities of actors in one store, and the queue that saves them. */
export class EntityWorld implements AsyncDisposable {
  readonly queue: SaveQueue;
  readonly #db: EntityDb;

  constructor(db: Db) {
    this.#db = new EntityDb({ db, clock: systemClock, timeoutMs: 60_000 });
    this.queue = new SaveQueue({ db: this.#db, log: silentLogger });
  }

  /** One that is in the store. */
  async stored(index: number, init: object = smallProfile) {
    const id = playerId(index);
    const entity = createEntity(ProfileEntity, { db: this.#db, key: id, host: ownedHost(id) });
    await entity.load({ orCreate: init });
    return entity;
  }

  /** As many, all in the store. */
  async storedMany(count: number) {
    const step = 1000;
    const entities: Awaited<ReturnType<EntityWorld["stored"]>>[] = [];
    for (let from = 0; from < count; from += step) {
      const length = Math.min(step, count - from);
      entities.push(...(await Promise.all(Array.from({ length }, (_, index) => this.stored(from + index)))));
    }
    return entities;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.queue[Symbol.asyncDispose]();
  }
}
