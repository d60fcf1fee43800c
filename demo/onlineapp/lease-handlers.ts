import type { MessageInitShape } from "@bufbuild/protobuf";
import { Code, type Handlers, M3Error, maxClaimsPerRequest } from "m3game";
import type { OnlineClaim, OnlineHolderInfoSchema, OnlineSer, OnlineSession } from "../gen/online_pb.js";
import type { SessionRef, TableHolder } from "./lease-table.ts";
import type { CountedClaim, OnlineLeases } from "./online-leases.ts";

const longestTtlMs = 3_600_000n;

type LeaseMethod =
  | "onlineStore"
  | "onlineOpen"
  | "onlineRenew"
  | "onlineConfirm"
  | "onlineClose"
  | "onlineAcquire"
  | "onlineTransfer"
  | "onlineRelease"
  | "onlineHolder";

/** What `lease_online` asks of the leader. */
export function leaseHandlers(leases: OnlineLeases, storeName: string): Pick<Handlers<typeof OnlineSer>, LeaseMethod> {
  const { term } = leases;
  return {
    onlineStore: () => ({ storeName }),

    async onlineOpen({ session: asking, address, ttlMs }) {
      const ref = refOf(asking);
      if (ref.app === "" || ref.incarnation === "" || ttlMs < 1n || ttlMs > longestTtlMs) {
        throw invalid(`a session needs app_id, incarnation, and a ttl_ms from 1 to ${longestTtlMs}`);
      }
      const session = await leases.open(ref, address, Number(ttlMs));
      if (session.incarnation === ref.incarnation) return { term, ttlMs: BigInt(session.ttlMs) };
      return { term, taken: infoOf({ session, counter: session.counter }) };
    },

    onlineRenew({ session }) {
      const ref = refOf(session);
      const state = leases.renew(ref);
      const ttlMs = state === "renewed" ? BigInt(leases.table.get(ref.app)?.ttlMs ?? 0) : 0n;
      return { term, ttlMs, mustConfirm: state === "unconfirmed" };
    },

    onlineConfirm({ session, term: asked, claims, isLast }) {
      leases.confirm(refOf(session), asked, claims, isLast);
      return {};
    },

    async onlineClose({ session }) {
      await leases.close(refOf(session));
      return {};
    },

    async onlineAcquire({ session, ids }) {
      if (ids.length > maxClaimsPerRequest) throw invalid(`at most ${maxClaimsPerRequest} ids in one request`);
      const ref = refOf(session);
      const holders = await leases.acquire(ref, ids);
      if (holders === undefined) return { term, lost: true };
      const results = holders.map((holder) => ({
        kind:
          holder.session.app === ref.app
            ? { case: "counter" as const, value: holder.counter }
            : { case: "taken" as const, value: infoOf(holder) },
      }));
      return { term, results };
    },

    async onlineTransfer({ session, claim, targetAppId }) {
      const result = await leases.transfer(refOf(session), claimOf(claim), targetAppId);
      if (result === "not_held") return { term, kind: { case: "notHeld", value: true } };
      if (result === "no_target") return { term, kind: { case: "noTarget", value: true } };
      return { term, kind: { case: "counter", value: result.counter } };
    },

    async onlineRelease({ session, claim }) {
      await leases.release(refOf(session), claimOf(claim));
      return {};
    },

    async onlineHolder({ id }) {
      const holder = await leases.holder(id);
      return holder === undefined ? {} : { holder: infoOf(holder) };
    },
  };
}

function refOf(session: OnlineSession | undefined): SessionRef {
  if (session === undefined) throw invalid("session is missing");
  return { app: session.appId, incarnation: session.incarnation };
}

function claimOf(claim: OnlineClaim | undefined): CountedClaim {
  if (claim === undefined) throw invalid("claim is missing");
  return claim;
}

function infoOf({ session, counter }: TableHolder): MessageInitShape<typeof OnlineHolderInfoSchema> {
  const { app, incarnation, address, expiresAt } = session;
  // One that has run out holds what it holds for a moment still, until that is stored.
  const remainingMs = BigInt(Math.ceil(Math.max(1, expiresAt - performance.now())));
  return { appId: app, incarnation, address, counter, remainingMs };
}

function invalid(message: string): M3Error {
  return new M3Error(Code.INVALID_ARGUMENT, message);
}
