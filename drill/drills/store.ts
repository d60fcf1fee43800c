import { setTimeout as delay } from "node:timers/promises";
import { z } from "zod";
import { type Drill, Exercise } from "../drill.ts";
import type { Loss } from "../load/losses.ts";
import { EmbeddedStore } from "../world/embedded-store.ts";
import { listLeases } from "../world/list-leases.ts";
import type { M3Outcome } from "../world/m3-command.ts";
import { lossWindow, roleSaveMs, rollbackWindow } from "../world/save-interval.ts";

/** How long the game goes on after a back-up before the store is lost, in milliseconds. */
const goOnMs = 20_000;
/** Those whose state is a row each: a fight would be over before its store is back. */
const functions = ["uid", "club", "clubrole", "online", "role", "gate"];

const restored = z.object({ epoch: z.string(), tables: z.array(z.object({ rows: z.number() })) });

/**
 * The embedded store is lost, its apps with it, and restored from its last back-up: nothing that it held at the back-up is lost, the last thing
 * that an owner of before wrote is refused, and nobody waits for one.
 */
export const store: Drill = async (options) => {
  const newcomers = Math.max(1, Math.floor(options.players / 8));
  await using embedded = await EmbeddedStore.create();
  await using exercise = await Exercise.start(
    { ...options, players: Math.max(1, options.players - 2 * newcomers) },
    { own: [], functions, configDir: embedded.configDir },
  );
  const lose = async (name: string, damage: () => Promise<void>, restore: (copy: string) => Promise<M3Outcome>) => {
    const { world, windows, rollbacks, losses, notes, problems } = exercise;
    await exercise.calm();
    const before = performance.now();
    await exercise.step("m3 backup", async () => {
      await embedded.backup(name);
      return { "in all": performance.now() - before };
    });
    exercise.join(newcomers);
    await exercise.step("the game goes on", async () => {
      await delay(goOnMs);
      return {};
    });
    const known = losses.length;
    const lost = performance.now();
    await exercise.step(`the store ${name}`, async () => {
      windows.push({ ...lossWindow(lost), from: lossWindow(before).from });
      rollbacks.push(rollbackWindow(before, lost));
      await Promise.all(world.apps.map((app) => app.kill()));
      await damage();
      const from = performance.now();
      const { code, stdout, stderr } = await restore(name);
      if (code !== 0) throw new Error(`m3 restore ended with ${code}: ${stderr}`);
      const back = performance.now();
      await embedded.endSessions();
      await world.startAll();
      const ready = performance.now();
      const recovery = await exercise.recovery(lost);
      const { epoch, tables } = restored.parse(JSON.parse(stdout));
      const rows = tables.reduce((sum, table) => sum + table.rows, 0);
      const leases = await listLeases(world);
      const old = leases.filter(({ fence }) => !fence.startsWith(`${epoch}.`));
      if (old.length > 0) problems.push(`${old.length} leases are of before the restore, such as ${old[0]?.id}`);
      notes.push(`the store ${name}: ${rows} rows restored, all ${leases.length} leases are of epoch ${epoch}`);
      return { "m3 restore": back - from, "kill to ready": ready - lost, "until calls succeed": recovery };
    });
    notes.push(`the store ${name}: ${describe(losses.slice(known), before, lost)}`);
  };
  await lose(
    "is gone",
    () => embedded.remove(),
    (copy) => embedded.restore(copy, "--json"),
  );
  await lose(
    "is damaged",
    () => embedded.damage(),
    async (copy) => {
      const { code } = await embedded.restore(copy);
      if (code === 0) exercise.problems.push("m3 restore replaced a store that it can't read, and was not forced to");
      return embedded.restore(copy, "--json", "--force");
    },
  );
  exercise.notes.push(
    `what was acknowledged from the back-up on may be lost, and what roles had not saved at it, ${roleSaveMs / 1000} s at most`,
  );
  return await exercise.end("store");
};

/** What was lost, and of when it was. */
function describe(losses: readonly Loss[], before: number, lost: number): string {
  const of = (what: Loss["what"]) => losses.filter((loss) => loss.what === what);
  const seconds = (ms: number) => `${(Math.abs(ms) / 1000).toFixed(1)} s ${ms < 0 ? "before" : "after"} the back-up`;
  const times = losses.map(({ at }) => at - before);
  const players = new Set(of("change").map(({ who }) => who)).size;
  return [
    `lost ${of("change").length} changes of ${players} players, ${of("club").length} of clubs, ${of("player").length} new players`,
    ...(times.length > 0
      ? [`the oldest of ${seconds(Math.min(...times))}, the newest of ${seconds(Math.max(...times))}`]
      : []),
    `the apps were killed ${seconds(lost - before)}`,
  ].join("; ");
}
