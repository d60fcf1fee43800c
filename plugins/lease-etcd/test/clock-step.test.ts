import { randomUUID } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { acquireWhenFree, describeWithService, OwnerProcess, TcpProxy } from "@m3game/testing";
import { findFaketime, findServicesDir } from "@m3game/testing/services";
import { expect, onTestFinished, test } from "vitest";
import { startOwnership } from "./support/start-ownership.ts";

const library = findFaketime(findServicesDir());

describeWithService("etcd", "an owner whose wall clock steps", (etcd) => {
  // In CI a missing library is a failure, which the test then names.
  test.skipIf(library === undefined && !process.env.CI)(
    "pitfall 6: keeps what it owns meanwhile, and is cut off no later for it",
    async () => {
      if (library === undefined) throw new Error('libfaketime is not here: run "npm run services -- up etcd" first');
      await using cleanup = new AsyncDisposableStack();
      const folder = await mkdtemp(join(tmpdir(), "m3game-clock-"));
      onTestFinished(() => rm(folder, { recursive: true }));
      const clock = join(folder, "clock");
      const step = (text: string) => writeFile(clock, `${text}\n`);
      await step("+0");
      const world = randomUUID();
      const proxy = cleanup.use(await TcpProxy.start(etcd));
      const owner = cleanup.use(
        new OwnerProcess({
          plugin: import.meta.resolve("@m3game/lease-etcd"),
          config: { Endpoints: proxy.address, LeaseKeepLiveTime: 5 },
          ...{ app: `test.${world}.f.1`, id: "a", keepalive: "thread" },
          env: {
            LD_PRELOAD: library,
            FAKETIME_DONT_FAKE_MONOTONIC: "1",
            FAKETIME_NO_CACHE: "1",
            FAKETIME_TIMESTAMP_FILE: clock,
          },
        }),
      );
      await owner.acquired();
      const real = Date.now();
      for (const text of ["+3600", "+0 x1.05", "-3600"]) {
        await step(text);
        // Longer than a renewal takes to be due.
        await owner.works(300);
      }
      expect(Math.abs(owner.wallClock() - real)).toBeGreaterThan(3_000_000);
      expect(owner.hasSaid("state lost")).toBe(false);
      proxy.swallow();
      const { ownership } = cleanup.use(await startOwnership(`test.${world}.f.2`, { Endpoints: etcd }));
      await acquireWhenFree(ownership, "a");
      const ownedFrom = process.hrtime.bigint();
      await owner.says("state lost");
      await owner.says("idle");
      expect(owner.workTimes().filter((time) => time > ownedFrom)).toEqual([]);
    },
  );
});
