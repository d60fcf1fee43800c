import { type DescMethod, type DescService, getOption } from "@bufbuild/protobuf";
import { service_option } from "../../gen/m3/options_pb.js";
import { MessageBreaks } from "./message-breaks.ts";
import type { ProtoSet } from "./proto-set.ts";
import { readRpcOption } from "./service-meta.ts";

/**
 * What no longer works for callers, for clients of a gate and for stored data when `before` becomes `after`, a line each. What is
 * added breaks nothing, nor does a field that is gone while its number is reserved. Types that neither a method nor a stored
 * message leads to don't count.
 */
export function protoBreaks(before: ProtoSet, after: ProtoSet): readonly string[] {
  const found: string[] = [];
  const messages = new MessageBreaks(found);
  for (const service of before.services) {
    const other = after.services.find(({ typeName }) => typeName === service.typeName);
    if (other === undefined) found.push(`service ${service.typeName} is gone`);
    else compareServices(service, other, { found, messages });
  }
  for (const message of before.stored) {
    const other = after.messages.get(message.typeName);
    if (other !== undefined) messages.compareStored(message, other);
  }
  return found;
}

interface Findings {
  readonly found: string[];
  readonly messages: MessageBreaks;
}

function compareServices(before: DescService, after: DescService, { found, messages }: Findings): void {
  const [option, now] = [getOption(before, service_option), getOption(after, service_option)];
  const where = `service ${before.typeName}`;
  for (const key of ["func", "actorKey"] as const) {
    if (option[key] === now[key]) continue;
    const name = key === "func" ? "func" : "actor_key";
    found.push(`${where}: ${name} was ${shown(option[key])}, and is ${shown(now[key])} now`);
  }
  if (!option.appsOnly && now.appsOnly) found.push(`${where} is apps_only now`);
  for (const method of before.methods) {
    const other = after.methods.find(({ name }) => name === method.name);
    if (other === undefined) found.push(`method ${before.typeName}.${method.name} is gone`);
    else compareMethods(method, other, { found, messages });
  }
}

function compareMethods(before: DescMethod, after: DescMethod, { found, messages }: Findings): void {
  const where = `method ${before.parent.typeName}.${before.name}`;
  for (const [side, word] of [
    ["input", "takes"],
    ["output", "returns"],
  ] as const) {
    const [type, now] = [before[side], after[side]];
    if (type.typeName === now.typeName) messages.compare(type, now);
    else found.push(`${where} ${word} ${now.typeName} now, and no longer ${type.typeName}`);
  }
  const [option, now] = [readRpcOption(before), readRpcOption(after)];
  if (option === undefined || now === undefined) return;
  // A field is the same one under another name.
  if (keyNumber(before, option.routeKey) !== keyNumber(after, now.routeKey)) {
    found.push(`${where}: route_key was ${shown(option.routeKey)}, and is ${shown(now.routeKey)} now`);
  }
  if (option.cs && !now.cs) found.push(`${where}: cs was true, clients can't call it any more`);
  if (option.ntf !== now.ntf) found.push(`${where}: ntf was ${option.ntf}, and is ${now.ntf} now`);
  if (option.idempotent && !now.idempotent) {
    found.push(`${where}: idempotent was true, and callers that know it so may repeat calls`);
  }
}

function keyNumber({ input }: DescMethod, routeKey: string): number | undefined {
  return input.fields.find(({ name }) => name === routeKey)?.number;
}

function shown(value: string): string {
  return value === "" ? "not set" : `"${value}"`;
}
