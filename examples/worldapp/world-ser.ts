import { async } from "m3game";
import { type Position, WorldSer } from "../gen/world_pb.js";
import { type Place, type Walker, Walkers } from "./walkers.ts";

/**
 * One world for each app. It has no clock of its own: whoever asks for something first lets the time pass that went by since the last one
 * did, so a world that nobody looks at costs nothing.
 */
export const worldSer = async(WorldSer, () => {
  const walkers = new Walkers();
  let last = performance.now();
  const current = () => {
    const now = performance.now();
    walkers.tick(now - last);
    last = now;
    return walkers;
  };
  return {
    createEntity: ({ name, srcPos }) => ({ entity: toEntity(current().create(name, placeOf(srcPos))) }),
    moveEntity: ({ name, dstPos }) => ({ entity: toEntity(current().move(name, placeOf(dstPos))) }),
    viewEntity: ({ name }) => ({ entity: toEntity(current().get(name)) }),
    viewPosition: ({ pos }) => ({ entities: current().near(placeOf(pos)).map(toEntity) }),
  };
});

function placeOf(position: Position | undefined): Place {
  return { x: position?.x ?? 0, y: position?.y ?? 0 };
}

function toEntity({ name, from, to, at, setOutAt }: Walker) {
  const [way, left] = [distance(from, to), distance(at, to)];
  return {
    name,
    ...{ srcPos: rounded(from), dstPos: rounded(to), curPos: rounded(at) },
    moveTime: BigInt(setOutAt),
    moved: way === 0 ? 100 : Math.round(100 * (1 - left / way)),
  };
}

function distance(a: Place, b: Place): number {
  return Math.hypot(a.x - b.x, a.y - b.y);
}

function rounded({ x, y }: Place) {
  return { x: Math.round(x), y: Math.round(y) };
}
