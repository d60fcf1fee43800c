import { hostname } from "node:os";
import type { DescService } from "@bufbuild/protobuf";
import { AdminSer } from "../../gen/m3/admin_pb.js";
import type { GateCore } from "../gate/gate-core.ts";
import type { CanaryRule } from "../mesh/canary-rule.ts";
import type { Clock } from "../meta/clock.ts";
import { reasonError } from "../meta/error.ts";
import { encodeProtos } from "../meta/proto-set.ts";
import type { Ownership } from "../ownership/ownership.ts";
import type { Logger } from "../plugin/log.ts";
import type { ActorSystem } from "../server/actor/actor-system.ts";
import type { CallCounts } from "../server/call-counts.ts";
import type { CallTraces } from "../server/call-traces.ts";
import type { Context } from "../server/context.ts";
import { multi } from "../server/multi.ts";
import type { Server } from "../server/server.ts";
import { describeActor, describeLease, describePlayer, fenceText } from "./admin-descriptions.ts";
import type { App } from "./app.ts";

/** The parts of an app that operators look at; undefined: the app has none. */
export interface AdminParts {
  readonly app: App;
  readonly version: string;
  readonly clock: Clock;
  readonly log: Logger;
  readonly services: readonly DescService[];
  readonly actors: ActorSystem | undefined;
  readonly ownership: Ownership | undefined;
  readonly gate: GateCore | undefined;
  counts(): CallCounts;
  traces(): CallTraces;
  /** Enters a rule for the versions of the app's service into the registry. */
  setRule(rule: CanaryRule): Promise<void>;
}

const defaultLimit = 100;
const maxLimit = 10_000;

/** Hosts the service of operators. What changes something leaves a line in the log. */
export function adminControl(parts: AdminParts): Server {
  const { app, version, clock, log, services, actors, ownership, gate } = parts;
  const startedAt = BigInt(Date.now());

  const audit = (done: string, { sourceApp }: Context, request: object) =>
    log.warn(`an operator ${done}`, { audit: true, via: sourceApp, ...request });

  const hosting = () => {
    if (actors === undefined) throw reasonError("BAD_REQUEST", `app ${app.id.app} hosts no actors`);
    return actors;
  };

  return multi(AdminSer, {
    describeApp: () => ({
      ...{ version, startedAt, host: hostname(), pid: process.pid, calls: app.inFlight },
      services: services.map(({ typeName }) => typeName),
      endpoints: app.endpoints.map(({ scheme, endpoint: address }) => ({ scheme, address })),
      served: BigInt(parts.counts().served),
      failed: BigInt(parts.counts().failed),
      servedMs: parts.counts().tookMs,
      memoryBytes: BigInt(process.memoryUsage.rss()),
      actors: actors?.sizes().map(([kind, count]) => ({ kind, count })) ?? [],
      ...(ownership && { lease: describeLease(ownership, clock) }),
      ...(gate && { sessions: describeSessions(gate) }),
    }),
    listActors: ({ kind, limit }) => {
      const kinds = [...(actors?.kinds ?? [])].filter(({ name }) => kind === "" || name === kind);
      const all = kinds.flatMap((each) => each.ids().map((id) => ({ kind: each, id })));
      return {
        total: all.length,
        actors: all.slice(0, limitOf(limit)).flatMap(({ kind: each, id }) => {
          const found = each.find(id);
          return found ? { kind: each.name, id, state: found.state, waitingCalls: found.waitingCalls } : [];
        }),
      };
    },
    getActor: async ({ kind: name, id }) => {
      const kind = actors?.kindNamed(name);
      if (kind === undefined) return {};
      const found = kind.find(id);
      const owner = (await ownership?.holder(kind.claimId(id)))?.app ?? "";
      return { hosts: true, owner, ...(found && { actor: describeActor(found, clock) }) };
    },
    kickActor: async ({ kind, id, operator }, ctx) => {
      await hosting().kindOf(kind).end(id);
      audit("kicked an actor", ctx, { kind, id, operator });
      return {};
    },
    moveActor: async ({ kind, id, targetApp, operator }, ctx) => {
      await hosting().move(hosting().kindOf(kind), id, targetApp);
      audit("moved an actor", ctx, { kind, id, targetApp, operator });
      return {};
    },
    listLeases: ({ prefix, limit }) => {
      if (ownership === undefined) return {};
      const leases = [...ownership.claims].filter(({ id }) => id.startsWith(prefix)).slice(0, limitOf(limit));
      return {
        session: describeLease(ownership, clock),
        leases: leases.map(({ id, fence }) => ({ id, fence: fenceText(fence) })),
      };
    },
    describeProtos: () => {
      const { services: names, files } = encodeProtos(services);
      return { services: [...names], files };
    },
    traceCalls: ({ id, trace, cursor, operator }, ctx) => {
      if (id === "") throw reasonError("BAD_REQUEST", "whose calls? id is empty");
      const { isNew, ...answer } = parts.traces().follow(trace, id, Number(cursor));
      if (isNew) audit("follows the calls of an id", ctx, { id, operator });
      return {
        calls: answer.calls.map((call) => ({ ...call, endedAt: BigInt(call.endedAt) })),
        ...{ cursor: BigInt(answer.cursor), lost: BigInt(answer.lost) },
      };
    },
    setCanary: async ({ version: chosen, share, ids, header, aborted, revision, operator }, ctx) => {
      if (!(share >= 0 && share <= 1)) throw reasonError("BAD_REQUEST", `share is ${share}: give 0 to 1`);
      const rule = { version: chosen, share, ids, ...(header && { header }), aborted };
      await parts.setRule({ ...rule, revision: Number(revision) });
      audit("set a canary rule", ctx, { ...rule, operator });
      return {};
    },
    listSessions: ({ playerId, limit }) => {
      const all = [...(gate?.sessions ?? [])].filter(({ id }) => playerId === "" || id === playerId);
      return {
        total: all.length,
        sessions: all.slice(0, limitOf(limit)).map((session) => describePlayer(session, clock)),
      };
    },
  });
}

function describeSessions(gate: GateCore) {
  const { keptBytes, ...counts } = gate.sizes();
  return { ...counts, keptBytes: BigInt(keptBytes) };
}

function limitOf(limit: number): number {
  return Math.min(limit || defaultLimit, maxLimit);
}
