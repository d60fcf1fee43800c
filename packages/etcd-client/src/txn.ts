import type { MessageInitShape } from "@bufbuild/protobuf";
import {
  type CompareSchema,
  type KeyValue,
  type RequestOpSchema,
  type ResponseOp,
  Compare_CompareTarget as Target,
  type TxnRequestSchema,
} from "../gen/etcdserverpb/rpc_pb.js";

type Compare = MessageInitShape<typeof CompareSchema>;
type Request = MessageInitShape<typeof RequestOpSchema>;

/** The key was created at this revision; 0: it is not there. */
export function createdAt(key: Uint8Array, revision: bigint): Compare {
  return { target: Target.CREATE, key, targetUnion: { case: "createRevision", value: revision } };
}

/** The key was last written at this revision. */
export function writtenAt(key: Uint8Array, revision: bigint): Compare {
  return { target: Target.MOD, key, targetUnion: { case: "modRevision", value: revision } };
}

/** Reads a key; `found` has what was there. */
export function get(key: Uint8Array): Request {
  return { request: { case: "requestRange", value: { key } } };
}

/** Writes a key, on a lease; 0n: on none. */
export function put(key: Uint8Array, value: Uint8Array, lease: bigint): Request {
  return { request: { case: "requestPut", value: { key, value, lease } } };
}

/** Removes a key. */
export function remove(key: Uint8Array): Request {
  return { request: { case: "requestDeleteRange", value: { key } } };
}

/** A transaction within one. */
export function nested(value: MessageInitShape<typeof TxnRequestSchema>): Request {
  return { request: { case: "requestTxn", value } };
}

/** What a `get` of a transaction found. */
export function found(response: ResponseOp | undefined): KeyValue | undefined {
  return response?.response.case === "responseRange" ? response.response.value.kvs[0] : undefined;
}
