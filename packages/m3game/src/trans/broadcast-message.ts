import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { type TransMsg, TransMsgSchema } from "../../gen/m3/transport_pb.js";
import { serviceId } from "../meta/app-id.ts";
import { type M3Error, reasonError } from "../meta/error.ts";
import { addMetadata, checkMetadataSize, isReservedKey, type Metadata } from "../meta/metadata.ts";
import { MetaKey, RouteType, routeTypeText } from "../meta/route-type.ts";
import type { InboundCall, OutboundCall } from "../plugin/trans.ts";

/** The broker's subject on which all instances of a service listen. */
export function serviceSubject(service: string): string {
  return `m3svc-${service}`;
}

/** The broker's subject of a topic in one world. */
export function topicSubject(env: string, world: string, topic: string): string {
  return `m3topic-${serviceId(env, world, topic)}`;
}

/** A one-way call as the original's message. */
export function encodeBroadcast(call: OutboundCall): Uint8Array {
  const metas = [
    { key: MetaKey.routeType, value: routeTypeText(call.routeType) },
    { key: MetaKey.sourceApp, value: call.sourceApp },
    { key: MetaKey.targetService, value: call.targetService },
    { key: MetaKey.isNotify, value: "1" },
    ...(call.chain === "" ? [] : [{ key: MetaKey.chain, value: call.chain }]),
    ...Array.from(call.metadata, ([key, value]) => ({ key, value })),
  ];
  const { method, payload: content, sourceApp: srcApp } = call;
  return toBinary(TransMsgSchema, create(TransMsgSchema, { method, metas, content, srcApp, nty: true }));
}

/** The call in a message of the broker. Throws when it holds none. */
export function decodeBroadcast(payload: Uint8Array): InboundCall {
  const message = fromBinary(TransMsgSchema, payload);
  if (message.ack || message.method === "") throw reasonError("PROTOCOL", "the message on the broker is no call");
  return new BroadcastCall(message);
}

class BroadcastCall implements InboundCall {
  readonly method: string;
  readonly metadata: Metadata;
  readonly deadline = Number.POSITIVE_INFINITY;
  readonly routeType: RouteType;
  readonly hashKey = "";
  readonly targetService: string;
  readonly targetApp = "";
  readonly hops = 0;
  readonly chain: string;
  readonly notify = true;
  readonly fromBroker = true;
  readonly payload: Uint8Array;
  readonly sourceApp: string;
  onCancel: (() => void) | undefined = undefined;

  constructor(message: TransMsg) {
    const metadata = new Map<string, string>();
    const own = new Map<string, string>();
    for (const { key: name, value } of message.metas) {
      const key = name.toLowerCase();
      if (isReservedKey(key)) own.set(key, value);
      else addMetadata(metadata, key, value);
    }
    checkMetadataSize(metadata);
    this.metadata = metadata;
    this.method = message.method;
    this.payload = message.content;
    this.sourceApp = message.srcApp;
    this.chain = own.get(MetaKey.chain) ?? "";
    this.targetService = own.get(MetaKey.targetService) ?? "";
    // Nothing else comes through the broker; another route could make each receiver hand the call on.
    const isMulticast = own.get(MetaKey.routeType) === routeTypeText(RouteType.MULTICAST);
    this.routeType = isMulticast ? RouteType.MULTICAST : RouteType.BROADCAST;
  }

  // One-way: there is nobody to answer.
  respond(): void {}
  fail(_error: M3Error): void {}
}
