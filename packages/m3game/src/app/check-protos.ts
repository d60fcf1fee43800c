import type { DescService } from "@bufbuild/protobuf";
import type { AdminSer } from "../../gen/m3/admin_pb.js";
import type { AppId } from "../meta/app-id.ts";
import type { Clock } from "../meta/clock.ts";
import { reasonError } from "../meta/error.ts";
import { protoBreaks } from "../meta/proto-breaks.ts";
import { decodeProtos, encodeProtos, type ProtoSet, protoDigest, protoSet } from "../meta/proto-set.ts";
import { MetaKey } from "../meta/route-type.ts";
import type { Logger } from "../plugin/log.ts";
import type { Instance } from "../plugin/router.ts";
import type { Client } from "../rpc/client.ts";
import { p2p } from "../rpc/route.ts";

export interface CheckProtosOptions {
  readonly app: AppId;
  /** Of the game; empty: the app does not say. */
  readonly version: string;
  readonly services: readonly DescService[];
  /** Those of the app's own service that are registered. */
  readonly instances: readonly Instance[];
  readonly admin: Client<typeof AdminSer>;
  readonly clock: Clock;
  readonly log: Logger;
  /** What breaks is only logged. */
  readonly allowsBreaks: boolean;
}

/** How long all instances together may take to answer, and one of them. */
const limitMs = 3000;
const answerMs = 1000;

/**
 * Compares the app's protos with those of the newest running instance that answers. One with a lower version is a rollback, and
 * is compared the other way round: what was added since is gone with it. Gives the digest of the app's protos, undefined without
 * any. Rejects with PROTO_BREAKS.
 */
export async function checkProtos(options: CheckProtosOptions): Promise<string | undefined> {
  const { app, version, services, instances, log, allowsBreaks } = options;
  if (services.length === 0) return undefined;
  const digest = protoDigest(encodeProtos(services));
  const others = instances.filter((instance) => instance.app !== app.app && MetaKey.protoDigest in instance.meta);
  if (others.length === 0) log.info("no instance of the function runs whose protos could be compared");
  // What runs already may run once more: an instance that comes again while a newer version is tried.
  if (others.length === 0 || others.some(({ meta }) => meta[MetaKey.protoDigest] === digest)) return digest;
  const running = await askNewest(others, options);
  if (running === undefined) {
    log.warn("no running instance told its protos in time: this app starts without comparing", {
      asked: others.length,
    });
    return digest;
  }
  const own = protoSet(services);
  const isRollback = isLower(version, running.version);
  const breaks = isRollback ? protoBreaks(own, running.protos) : protoBreaks(running.protos, own);
  if (breaks.length === 0) return digest;
  const who = `${running.app}${running.version && ` of version ${running.version}`}`;
  if (!allowsBreaks) {
    throw reasonError(
      "PROTO_BREAKS",
      [
        isRollback
          ? `the protos of this app are of a lower version than those of ${who}, which break them:`
          : `the protos of this app break those of ${who}, which runs:`,
        ...breaks.map((line) => `  ${line}`),
        "Change the protos, or set AllowBreakingProtos in [Options.Rpc] to start all the same",
      ].join("\n"),
    );
  }
  log.warn("the protos of this app break those that run, which AllowBreakingProtos allows", { running: who, breaks });
  return digest;
}

interface Running {
  readonly app: string;
  readonly version: string;
  readonly protos: ProtoSet;
}

async function askNewest(
  instances: readonly Instance[],
  { admin, clock, log }: CheckProtosOptions,
): Promise<Running | undefined> {
  const end = clock.now() + limitMs;
  for (const { app, meta } of instances.toSorted((a, b) => startOf(b) - startOf(a))) {
    const timeoutMs = Math.min(answerMs, end - clock.now());
    if (timeoutMs <= 0) return undefined;
    try {
      const protos = decodeProtos(await admin.to(p2p(app)).describeProtos({}, { timeoutMs }));
      return { app, version: meta[MetaKey.gameVersion] ?? "", protos };
    } catch (error) {
      log.debug("an instance did not tell its protos", { instance: app, error });
    }
  }
  return undefined;
}

function startOf({ meta }: Instance): number {
  return Number(meta[MetaKey.appVersion]) || 0;
}

/** By the numbers in them: 1.9 is lower than 1.10. */
function isLower(version: string, than: string): boolean {
  return version !== "" && than !== "" && version.localeCompare(than, "en", { numeric: true }) < 0;
}
