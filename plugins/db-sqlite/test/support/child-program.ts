// A process of its own that writes to a file: `count <file> <times>` adds 1 to hero 1 so often, `fill <file>` creates
// heroes until it is killed and tells its parent of each that is written.
import { createHero, heroes, updateHero } from "./hero.ts";
import { openDb } from "./open-db.ts";

const [mode, file = "", times = "0"] = process.argv.slice(2);
const db = await openDb(file);

if (mode === "count") {
  for (let done = 0; done < Number(times); ) {
    const row = await db.read(heroes, 1n);
    const level = Number(Reflect.get(row?.message ?? {}, "level")) + 1;
    const [[result] = []] = await db.write([{ writes: [updateHero(1n, row?.version ?? 0n, { level })] }]);
    if (result?.status === "written") done += 1;
    else if (result?.status === "failed") throw result.error;
  }
  await db[Symbol.asyncDispose]();
  process.disconnect();
} else {
  for (let key = 1n; ; key += 1n) {
    const [[result] = []] = await db.write([{ writes: [createHero(key, { name: `hero ${key}` })] }]);
    if (result?.status === "written") process.send?.(String(key));
  }
}
