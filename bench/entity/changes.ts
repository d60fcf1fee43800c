import { createMemoryHub } from "m3game";
import { driveBatches } from "../harness/solo-load.ts";
import type { SoloMeasure } from "../harness/solo-subject.ts";
import { openMemory } from "./open-store.ts";
import { largeProfile, smallProfile } from "./profile.ts";
import { EntityWorld } from "./world.ts";

const warmup = { warmupMs: 1000, warmupOps: 20_000 };
const size = 256;

/** One field changed, and found, of an entity of a few scalars. */
export const smallChanges: SoloMeasure = ({ measureMs }) => measureChanges(smallProfile, measureMs);

/** The same of an entity of about 1 KiB. */
export const largeChanges: SoloMeasure = ({ measureMs }) => measureChanges(largeProfile, measureMs);

async function measureChanges(init: object, measureMs: number) {
  await using db = await openMemory(createMemoryHub());
  await using world = new EntityWorld(db);
  const entity = await world.stored(0, init);
  const run = async (count: number): Promise<void> => {
    for (let index = 0; index < count; index++) {
      entity.data.level += 1;
      const { dirtyFlags } = entity;
      if (dirtyFlags.length !== 1) throw new Error(`found ${dirtyFlags.length} changed fields`);
    }
  };
  return await driveBatches({ run, size, ...warmup, measureMs });
}

/** One changed field of one entity saved, and the confirmation waited for, in the embedded store. */
export const saveOne: SoloMeasure = async ({ measureMs }) => {
  await using db = await openMemory(createMemoryHub());
  await using world = new EntityWorld(db);
  const entity = await world.stored(0);
  const run = async (count: number): Promise<void> => {
    for (let index = 0; index < count; index++) {
      entity.data.level += 1;
      await entity.save();
    }
    if (entity.isDirty) throw new Error("it was not saved");
  };
  return await driveBatches({ run, size: 16, ...warmup, measureMs });
};
