import { setTimeout as delay } from "node:timers/promises";
import { z } from "zod";
import { type Drill, Exercise } from "../drill.ts";
import type { FightLedger } from "../load/fight-ledger.ts";
import { describeRollback, type Rollback } from "../report/rollback.ts";
import { EmbeddedStore } from "../world/embedded-store.ts";
import { listLeases } from "../world/list-leases.ts";
import type { M3Outcome } from "../world/m3-command.ts";
import { lossWindow, roleSaveMs, rollbackWindow } from "../world/save-interval.ts";

/** How long the game is played before the first back-up, and goes on after each before the store is lost, in milliseconds. */
const playMs = 20_000;
/** How long it may take until a fight ends once calls succeed again, in milliseconds. */
const fightLimitMs = 120_000;
/** Most of the time a fight is under way, and between a back-up and the loss some end. */
const envs = { fight: { M3__App__DurationSeconds: "40", M3__App__KillsToWin: "1", M3__App__MaxHp: "200" } };
/** It has a row for each fight that is not over. */
const fightTable = "fight_place";

const restored = z.object({ epoch: z.string(), tables: z.array(z.object({ name: z.string(), rows: z.number() })) });

/**
 * The embedded store is lost, its apps with it, and restored from its last back-up: nothing that it held at the back-up is lost, the last thing
 * that an owner of before wrote is refused, and nobody waits for one. Fights that were under way at the back-up begin anew, and their players
 * come back to them.
 */
export const store: Drill = async (options) => {
  const newcomers = Math.max(1, Math.floor(options.players / 8));
  const rollbacks: Rollback[] = [];
  await using embedded = await EmbeddedStore.create();
  await using exercise = await Exercise.start(
    { ...options, players: Math.max(1, options.players - 2 * newcomers) },
    { own: [], envs, configDir: embedded.configDir },
  );
  const { world, fights, notes, problems } = exercise;
  const play = (name: string) =>
    exercise.step(name, async () => {
      await delay(playMs);
      return {};
    });
  const lose = async (name: string, damage: () => Promise<void>, restore: (copy: string) => Promise<M3Outcome>) => {
    await exercise.calm();
    const backupAt = performance.now();
    await exercise.step("m3 backup", async () => {
      await embedded.backup(name);
      return { "in all": performance.now() - backupAt };
    });
    exercise.join(newcomers);
    await play("the game goes on");
    const lostAt = performance.now();
    const window = { ...lossWindow(lostAt), from: lossWindow(backupAt).from };
    const { underWay } = fights;
    rollbacks.push({ name, backupAt, lostAt, window });
    exercise.windows.push(window);
    exercise.rollbacks.push(rollbackWindow(backupAt, lostAt));
    await exercise.step(`the store ${name}`, async () => {
      await Promise.all(world.apps.map((app) => app.kill()));
      await damage();
      const from = performance.now();
      const { code, stdout, stderr } = await restore(name);
      if (code !== 0) throw new Error(`m3 restore ended with ${code}: ${stderr}`);
      const back = performance.now();
      await embedded.endSessions();
      await world.startAll();
      const ready = performance.now();
      const recovery = await exercise.recovery(lostAt);
      const { epoch, tables } = restored.parse(JSON.parse(stdout));
      const rows = tables.reduce((sum, table) => sum + table.rows, 0);
      const copied = tables.find((table) => table.name === fightTable)?.rows ?? 0;
      const leases = await listLeases(world);
      const old = leases.filter(({ fence }) => !fence.startsWith(`${epoch}.`));
      if (old.length > 0) problems.push(`${old.length} leases are of before the restore, such as ${old[0]?.id}`);
      notes.push(`the store ${name}: ${rows} rows restored, all ${leases.length} leases are of epoch ${epoch}`);
      notes.push(`the store ${name}: ${copied} fights were under way at the back-up, ${underWay} when it was lost`);
      return { "m3 restore": back - from, "kill to ready": ready - lostAt, "until calls succeed": recovery };
    });
    await exercise.step("fights go on", async () => {
      const fought = await untilFightEnds(fights, lostAt);
      if (!fought)
        problems.push(`the store ${name}: no fight has ended for ${fightLimitMs / 1000} s since calls succeed`);
      return {};
    });
  };
  await exercise.calm();
  await play("the game is played");
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
      if (code === 0) problems.push("m3 restore replaced a store that it can't read, and was not forced to");
      return embedded.restore(copy, "--json", "--force");
    },
  );
  const summary = await exercise.end("store");
  const ends = rollbacks.flatMap((rollback) => {
    const { resumed } = fights.since(rollback.lostAt);
    return [
      describeRollback(rollback, exercise.losses),
      `the store ${rollback.name}: ${resumed} fights that had begun before have ended after it`,
    ];
  });
  const promise = `what was acknowledged from the back-up on may be lost, and what roles had not saved at it, ${roleSaveMs / 1000} s at most`;
  return { ...summary, notes: [...summary.notes, ...ends, promise] };
};

/** Resolves with whether one that has ended since is found in time. */
async function untilFightEnds(fights: FightLedger, since: number): Promise<boolean> {
  for (const until = performance.now() + fightLimitMs; performance.now() < until; await delay(250)) {
    if (fights.since(since).ended > 0) return true;
  }
  return false;
}
