import type { DescMessage, DescMethod, DescService, Message } from "@bufbuild/protobuf";
import { getOption, hasOption } from "@bufbuild/protobuf";
import { method_option, type RPCOption, rpc_option, service_option } from "../../gen/m3/options_pb.js";
import { reasonError } from "./error.ts";
import { messageDecoder } from "./message-decoder.ts";
import { messageEncoder } from "./message-encoder.ts";
import { messageMaker } from "./message-maker.ts";
import { isReservedKey } from "./metadata.ts";
import { type RouteKey, readRouteKey } from "./route-key.ts";

/** What the framework knows of one method, derived from its descriptors once. */
export interface MethodMeta {
  readonly desc: DescMethod;
  /** `/proto.SimpleSer/HelloWorld` */
  readonly fullName: string;
  /** The name in TypeScript, `helloWorld`. */
  readonly localName: string;
  readonly service: ServiceMeta;
  readonly input: DescMessage;
  readonly output: DescMessage;
  /** Throws for a message that does not fit the type. */
  encodeRequest(request: Message): Uint8Array;
  /** Throws for a message that does not fit the type. */
  encodeResponse(response: Message): Uint8Array;
  /** Throws for bytes that are no such message. */
  decodeRequest(payload: Uint8Array): Message;
  /** Throws for bytes that are no such message. */
  decodeResponse(payload: Uint8Array): Message;
  /** The response with these fields, by their names in TypeScript. Throws for values that are no fields of it. */
  createResponse(fields: Readonly<Record<string, unknown>>): Message;
  /** The request field that is the hash key, undefined when none is declared. */
  readonly routeKey: RouteKey | undefined;
  /** One way: a call returns when it was sent. */
  readonly notify: boolean;
  /** Spans are made for it. */
  readonly trace: boolean;
  /** A client may call it through a gate. */
  readonly clientCallable: boolean;
  /** An actor that waits in a call chain accepts it from the same chain. */
  readonly reentrant: boolean;
  /** Running it twice is the same as once: any passing failure may be retried. */
  readonly idempotent: boolean;
  /** Calls of one player need not run in the order sent. */
  readonly unordered: boolean;
}

/** What the framework knows of one service, derived from its descriptors once. */
export interface ServiceMeta {
  readonly desc: DescService;
  /** The function that hosts it, empty when the proto file does not say. */
  readonly func: string;
  /** The metadata key of the actor id, empty when none is declared. */
  readonly actorKey: string;
  /** Requests are checked against their protovalidate rules. */
  readonly validate: boolean;
  /** Calls show the key of the callee's entry in the registry. */
  readonly appsOnly: boolean;
  readonly methods: readonly MethodMeta[];
}

/**
 * Derives and checks what the options of a service say. Throws PROTO_INVALID with every problem found: file, message,
 * field, and what to write instead.
 */
export function readServiceMeta(desc: DescService): ServiceMeta {
  const problems: string[] = [];
  const option = getOption(desc, service_option);
  const file = `${desc.file.name}.proto`;
  if (option.func !== "" && !/^[A-Za-z0-9_-]{1,64}$/.test(option.func)) {
    problems.push(
      `${file}: service ${desc.typeName}: func "${option.func}" is no function id; write 1 to 64 of A-Z a-z 0-9 _ and -`,
    );
  }
  if (!/^[a-z0-9_.-]{0,128}$/.test(option.actorKey)) {
    problems.push(
      `${file}: service ${desc.typeName}: actor_key "${option.actorKey}" is no metadata key; write lower case letters, digits, _ . and -`,
    );
  }
  if (isReservedKey(option.actorKey)) {
    problems.push(
      `${file}: service ${desc.typeName}: actor_key "${option.actorKey}" belongs to the framework; choose another, without m3 or grpc- in front`,
    );
  }
  const methods: MethodMeta[] = [];
  const service: ServiceMeta = {
    desc,
    func: option.func,
    actorKey: option.actorKey,
    validate: option.validate,
    appsOnly: option.appsOnly,
    methods,
  };
  for (const method of desc.methods) {
    const meta = readMethodMeta(service, method, problems);
    if (meta !== undefined) methods.push(meta);
  }
  if (problems.length > 0) throw reasonError("PROTO_INVALID", problems.join("\n"));
  return service;
}

function readMethodMeta(service: ServiceMeta, desc: DescMethod, problems: string[]): MethodMeta | undefined {
  const where = `${service.desc.file.name}.proto: method ${service.desc.typeName}.${desc.name}`;
  if (desc.methodKind !== "unary") {
    problems.push(`${where}: streaming is not supported; write rpc ${desc.name}(Req) returns (Rsp) without "stream"`);
    return undefined;
  }
  if (desc.localName === "to") {
    problems.push(`${where}: clients have a member "to" of their own; choose another name for the method`);
    return undefined;
  }
  const option = readRpcOption(desc);
  if (option === undefined) {
    const { parent } = desc.input;
    problems.push(
      parent === undefined
        ? `${where}: message ${desc.input.typeName} stands in no message that holds Req and Rsp; write { option (method_option) = {}; } after the method`
        : `${where}: message ${parent.typeName} has no rpc_option; write option (rpc_option) = {}; in it, or { option (method_option) = {}; } after the method`,
    );
    return undefined;
  }
  return {
    desc,
    fullName: `/${service.desc.typeName}/${desc.name}`,
    localName: desc.localName,
    service,
    input: desc.input,
    output: desc.output,
    encodeRequest: messageEncoder(desc.input),
    encodeResponse: messageEncoder(desc.output),
    decodeRequest: messageDecoder(desc.input),
    decodeResponse: messageDecoder(desc.output),
    createResponse: messageMaker(desc.output),
    routeKey: option.routeKey === "" ? undefined : readRouteKey(desc.input, option.routeKey, problems),
    notify: option.ntf,
    trace: option.trace,
    clientCallable: option.cs,
    reentrant: option.reentrant,
    idempotent: option.idempotent,
    unordered: option.unordered,
  };
}

/** What a method, or the message around its request, says; undefined: nothing. */
export function readRpcOption(desc: DescMethod): RPCOption | undefined {
  if (hasOption(desc, method_option)) return getOption(desc, method_option);
  const { parent } = desc.input;
  return parent !== undefined && hasOption(parent, rpc_option) ? getOption(parent, rpc_option) : undefined;
}
