import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type LaunchedService, launchService } from "@m3game/testing/services";
import type { Revocation } from "../check/check-owners.ts";
import { FaultProxy } from "../faults/fault-proxy.ts";
import { appCount, type Plan } from "../plan.ts";
import { ClaimWatch } from "./claim-watch.ts";
import { Member } from "./member.ts";
import { appConfig, driverConfig } from "./member-config.ts";
import { Registry } from "./registry.ts";
import { prepareWriteLog } from "./write-log.ts";

const readyLimitMs = 60_000;

/** An app with what it reaches etcd through. */
export interface ClusterApp {
  readonly member: Member;
  readonly proxy: FaultProxy;
}

/** Three apps with counters and a driver, each a process, on an etcd and a file of their own. Disposing ends all. */
export class Cluster implements AsyncDisposable {
  readonly apps: readonly ClusterApp[];
  readonly driver: Member;
  readonly registry: Registry;
  readonly etcd: LaunchedService;
  readonly watch: ClaimWatch;
  readonly dbFile: string;
  /** What nobody wanted to happen. */
  readonly problems: string[] = [];
  readonly revocations: Revocation[] = [];
  readonly #ready = new Set<Member>();
  #isEnding = false;

  /** Resolves when every process is ready. Logs go to `directory`. */
  static async start(plan: Plan, directory: string): Promise<Cluster> {
    const etcd = await launchService("etcd");
    const dbFile = join(directory, "counters.db");
    await prepareWriteLog(dbFile);
    const watch = await ClaimWatch.start(etcd.address, "/m3/");
    const apps = await Promise.all(
      Array.from({ length: appCount }, async (_, index) => {
        const proxy = await FaultProxy.start(etcd.address);
        const logFile = join(directory, `counter.${index + 1}.log`);
        const member = new Member({
          id: `chaos.world1.counter.${index + 1}`,
          kind: "app",
          config: appConfig({ logFile, etcd: proxy.address, dbFile }),
          logFile: `${logFile}.out`,
          hasUnsteadyClock: plan.hasUnsteadyClock[index] ?? false,
        });
        return { member, proxy };
      }),
    );
    const logFile = join(directory, "driver.log");
    const config = driverConfig(logFile);
    const driver = new Member({
      ...{ id: "chaos.world1.driver.1", kind: "driver", config, logFile: `${logFile}.out`, hasUnsteadyClock: false },
    });
    const cluster = new Cluster({ apps, driver, etcd, watch, dbFile });
    try {
      for (const member of cluster.#members) member.start();
      await cluster.whenReady();
      return cluster;
    } catch (error) {
      await cluster[Symbol.asyncDispose]();
      throw error;
    }
  }

  private constructor(parts: Pick<Cluster, "apps" | "driver" | "etcd" | "watch" | "dbFile">) {
    this.apps = parts.apps;
    this.driver = parts.driver;
    this.etcd = parts.etcd;
    this.watch = parts.watch;
    this.dbFile = parts.dbFile;
    this.registry = new Registry(this.#members);
    for (const member of this.#members) this.#keep(member);
  }

  get #members(): readonly Member[] {
    return [...this.apps.map(({ member }) => member), this.driver];
  }

  /** Resolves when every process is ready. Rejects when that takes too long. */
  async whenReady(): Promise<void> {
    for (let waitedMs = 0; waitedMs < readyLimitMs; waitedMs += 10) {
      if (this.#members.every((member) => this.#ready.has(member))) return;
      await sleep(10);
    }
    const missing = this.#members.filter((member) => !this.#ready.has(member)).map(({ id }) => id);
    throw new Error(`not ready within ${readyLimitMs} ms: ${missing}`);
  }

  /** Stops every process in order. */
  async stop(): Promise<void> {
    this.#isEnding = true;
    await Promise.all(this.#members.map((member) => member.end("SIGTERM")));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isEnding = true;
    await this.watch[Symbol.asyncDispose]();
    await Promise.all(this.#members.map((member) => member[Symbol.asyncDispose]()));
    await Promise.all(this.apps.map(({ proxy }) => proxy[Symbol.asyncDispose]()));
    await this.etcd[Symbol.asyncDispose]();
  }

  /** Does what a supervisor of processes does: one that did not get ready is started again. */
  #keep(member: Member): void {
    member.on("message", ({ kind }) => {
      if (kind === "register") this.registry.tell(member);
      if (kind === "ready") this.#ready.add(member);
    });
    member.on("gone", (problem) => {
      const wasReady = this.#ready.delete(member);
      if (this.#isEnding || problem === undefined) {
        if (problem !== undefined && wasReady) this.problems.push(problem);
        return;
      }
      if (wasReady) this.problems.push(problem);
      setTimeout(() => {
        if (!this.#isEnding && !member.isRunning) member.start();
      }, 200);
    });
  }
}
