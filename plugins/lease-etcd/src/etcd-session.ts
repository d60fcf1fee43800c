import type { MessageInitShape } from "@bufbuild/protobuf";
import type { EtcdClient } from "@m3game/etcd-client";
import { createdAt, found, get, isLeaseGone, nested, put, remove, writtenAt } from "@m3game/etcd-client";
import {
  type KeyValue,
  KV,
  Lease,
  type ResponseOp,
  type TxnRequestSchema,
  type TxnResponse,
} from "@m3game/etcd-client/gen/etcdserverpb/rpc_pb.js";
import type { AcquireResult, LeaseRenewal, LeaseStoreSession, TransferResult } from "m3game";
import { maxClaimsPerRequest } from "m3game";
import { claimKey, decodeOwner, encodeOwner, type Owner, sessionKey } from "./keys.ts";
import { leaseError } from "./lease-error.ts";
import type { RemainingTime } from "./remaining-time.ts";
import type { SessionWatch } from "./session-watch.ts";

export interface EtcdSessionOptions {
  readonly client: EtcdClient;
  readonly watch: SessionWatch;
  readonly remaining: RemainingTime;
  readonly owner: Owner;
  readonly lease: bigint;
  /** When the session's key was created. */
  readonly revision: bigint;
  readonly ttlMs: number;
  readonly renewal: LeaseRenewal;
  readonly onClose: () => void;
}

export class EtcdSession implements LeaseStoreSession {
  readonly ttlMs: number;
  readonly renewal: LeaseRenewal;
  readonly #options: EtcdSessionOptions;
  readonly #key: Uint8Array;
  readonly #value: Uint8Array;

  constructor(options: EtcdSessionOptions) {
    this.#options = options;
    this.ttlMs = options.ttlMs;
    this.renewal = options.renewal;
    this.#key = sessionKey(options.owner.app);
    this.#value = encodeOwner(options.owner);
  }

  async acquire(ids: readonly string[]): Promise<readonly AcquireResult[]> {
    if (ids.length > maxClaimsPerRequest) throw new RangeError(`at most ${maxClaimsPerRequest} claims in one request`);
    const { lease, revision } = this.#options;
    const claims = ids.map((id) => {
      const key = claimKey(id);
      // One condition each: a claim that is taken must not keep the app from the others.
      return nested({ compare: [createdAt(key, 0n)], success: [put(key, this.#value, lease)], failure: [get(key)] });
    });
    const answer = await this.#transact("to acquire", {
      compare: [createdAt(this.#key, revision)],
      success: claims,
    });
    if (!answer.succeeded) return ids.map(() => ({ status: "lost" }));
    const counter = answer.header?.revision ?? 0n;
    return Promise.all(answer.responses.map((response) => this.#acquireResult(response, counter)));
  }

  async transfer(id: string, counter: bigint, targetApp: string): Promise<TransferResult> {
    const key = claimKey(id);
    const targetKey = sessionKey(targetApp);
    const { kvs } = await this.#call("to find the target", () =>
      this.#options.client.ask(KV.method.range, { key: targetKey }),
    );
    const [target] = kvs;
    const held = [writtenAt(key, counter)];
    if (target === undefined) {
      const answer = await this.#transact("to transfer", { compare: held });
      return { status: answer.succeeded ? "no_target" : "not_held" };
    }
    const answer = await this.#transact("to transfer", {
      compare: [...held, createdAt(targetKey, target.createRevision)],
      success: [put(key, target.value, target.lease)],
      failure: [get(key)],
    });
    if (answer.succeeded) return { status: "transferred", counter: answer.header?.revision ?? 0n };
    const claim = found(answer.responses[0]);
    if (claim?.modRevision === counter) return { status: "no_target" };
    // The answer to an earlier attempt was lost.
    const isThere = claim !== undefined && claim.modRevision > counter && claim.lease === target.lease;
    return isThere ? { status: "transferred", counter: claim.modRevision } : { status: "not_held" };
  }

  async release(id: string, counter: bigint): Promise<void> {
    const key = claimKey(id);
    await this.#transact("to release", { compare: [writtenAt(key, counter)], success: [remove(key)] });
  }

  watchLost(listener: () => void): void {
    this.#options.watch.start(listener);
  }

  async close(): Promise<void> {
    const { client, lease, onClose } = this.#options;
    onClose();
    try {
      await client.ask(Lease.method.leaseRevoke, { id: lease });
    } catch (error) {
      if (!isLeaseGone(error)) throw leaseError("to end the session", error);
    }
  }

  async #acquireResult({ response }: ResponseOp, counter: bigint): Promise<AcquireResult> {
    const inner = response.case === "responseTxn" ? response.value : undefined;
    if (inner?.succeeded) return { status: "acquired", counter };
    const claim = found(inner?.responses[0]);
    if (claim === undefined) throw leaseError("to acquire", new Error("an answer without the claim"));
    if (this.#isOurs(claim)) return { status: "acquired", counter: claim.modRevision };
    const remainingMs = await this.#call("for the holder's time", () => this.#options.remaining.of(claim.lease));
    return { status: "taken", holder: { ...decodeOwner(claim.value), counter: claim.modRevision }, remainingMs };
  }

  #isOurs(claim: KeyValue): boolean {
    const { lease, owner } = this.#options;
    return claim.lease === lease && decodeOwner(claim.value).incarnation === owner.incarnation;
  }

  #transact(what: string, request: MessageInitShape<typeof TxnRequestSchema>): Promise<TxnResponse> {
    return this.#call(what, () => this.#options.client.ask(KV.method.txn, request));
  }

  async #call<T>(what: string, ask: () => Promise<T>): Promise<T> {
    try {
      return await ask();
    } catch (error) {
      throw leaseError(`the request ${what}`, error);
    }
  }
}
