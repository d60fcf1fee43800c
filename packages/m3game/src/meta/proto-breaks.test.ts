import type { JsonObject, JsonValue } from "@bufbuild/protobuf";
import { expect, test } from "vitest";
import { compileFile } from "../../test/support/descriptors.ts";
import { protoBreaks } from "./proto-breaks.ts";
import { decodeProtos, encodeProtos, type ProtoSet, protoDigest, protoSet } from "./proto-set.ts";

type Json = Record<string, JsonValue>;

const field = (name: string, number: number, type = "TYPE_STRING", rest: Json = {}) => ({
  ...{ name, number, type, label: "LABEL_OPTIONAL" },
  ...rest,
});
const message = (name: string) => ({ type: "TYPE_MESSAGE", typeName: `.m3test.${name}` });
const repeated = { label: "LABEL_REPEATED" };
const entry = (value: string) => ({
  ...{ name: "CountsEntry", options: { mapEntry: true } },
  field: [field("key", 1), field("value", 2, value)],
});
const stored = (rest: Json = {}) => ({ options: { "[proto.dbfield_option]": { flag: "F", ...rest } } });

/** What a file is made of. */
interface Parts {
  readonly request: Json;
  readonly item: Json;
  readonly color: Json;
  readonly hero: Json;
  readonly option: Json;
  readonly service: Json;
  readonly method: Json;
  readonly more: readonly Json[];
}

const colors = [
  { name: "NONE", number: 0 },
  { name: "RED", number: 1 },
  { name: "BLUE", number: 2 },
];

const first: Parts = {
  request: {
    field: [
      field("id", 1),
      field("count", 2, "TYPE_INT32"),
      field("items", 3, "TYPE_MESSAGE", { ...message("Item"), ...repeated }),
      field("counts", 4, "TYPE_MESSAGE", { typeName: ".m3test.Say.Req.CountsEntry", ...repeated }),
      field("text", 5, "TYPE_STRING", { oneofIndex: 0 }),
      field("self", 6, "TYPE_MESSAGE", { typeName: ".m3test.Say.Req" }),
    ],
    nestedType: [entry("TYPE_INT32")],
    oneofDecl: [{ name: "body" }],
  },
  item: { field: [field("name", 1), field("color", 2, "TYPE_ENUM", { typeName: ".m3test.Color" })] },
  color: { value: colors },
  hero: {
    field: [field("key", 1, "TYPE_STRING", stored({ primary: true })), field("level", 2, "TYPE_INT32", stored())],
  },
  option: { routeKey: "id", cs: true, idempotent: true },
  service: { func: "say", actorKey: "playerid" },
  method: {},
  more: [],
};

function compile(changes: Partial<Parts>, services: readonly string[] = ["SaySer"]): ProtoSet {
  const { request, item, color, hero, option, service, method, more } = { ...first, ...changes };
  const file = compileFile({
    ...{ name: "m3test/say.proto", package: "m3test" },
    messageType: [
      {
        name: "Say",
        options: { "[proto.rpc_option]": option },
        nestedType: [{ name: "Req", ...request } as JsonObject, { name: "Rsp" }],
      },
      { name: "Item", ...item } as JsonObject,
      { name: "Hero", ...hero } as JsonObject,
      { name: "Unused", field: [field("a", 1)] },
    ],
    enumType: [{ name: "Color", ...color } as JsonObject],
    service: services.map((name) => ({
      ...{ name, options: { "[proto.service_option]": service } },
      method: [{ name: "Say", inputType: ".m3test.Say.Req", outputType: ".m3test.Say.Rsp", ...method }, ...more],
    })),
  });
  // As it comes from another app.
  return decodeProtos(encodeProtos(file.services));
}

/** The request with its fields of these numbers changed, or gone. */
function request(changes: Readonly<Record<number, JsonObject | undefined>>, rest: Json = {}): Partial<Parts> {
  const fields = (first.request.field as JsonObject[]).flatMap((each) => {
    const number = Number(each.number);
    return number in changes ? (changes[number] ?? []) : each;
  });
  return { request: { ...first.request, field: fields, ...rest } };
}

const again = { name: "Again", inputType: ".m3test.Say.Req", outputType: ".m3test.Say.Rsp" };
const level = (rest: Json) => ({
  hero: { field: [(first.hero.field as JsonObject[])[0] as JsonObject, field("level", 2, "TYPE_INT32", rest)] },
});

test.each<[string, Partial<Parts>]>([
  ["nothing", {}],
  ["another method", { more: [again] }],
  ["another field", request({ 6: field("note", 7) }, { reservedRange: [{ start: 6, end: 7 }] })],
  [
    "another name of a field, with its route_key",
    { ...request({ 1: field("player", 1) }), option: { ...first.option, routeKey: "player" } },
  ],
  ["a field gone whose number is reserved", request({ 2: undefined }, { reservedRange: [{ start: 2, end: 3 }] })],
  [
    "presence of a field that is not stored",
    request(
      { 2: field("count", 2, "TYPE_INT32", { proto3Optional: true, oneofIndex: 1 }) },
      { oneofDecl: [{ name: "body" }, { name: "_count" }] },
    ),
  ],
  ["another value of an enum", { color: { value: [...colors, { name: "GREEN", number: 3 }] } }],
  ["another name of a value", { color: { value: [...colors.slice(0, 2), { name: "AZURE", number: 2 }] } }],
  [
    "a value gone whose number is reserved",
    { color: { value: colors.slice(0, 2), reservedRange: [{ start: 2, end: 2 }] } },
  ],
  [
    "another stored field",
    { hero: { field: [...(first.hero.field as JsonObject[]), field("gold", 3, "TYPE_INT64", stored())] } },
  ],
  ["another flag of a stored field", level(stored({ flag: "OTHER" }))],
  ["unordered, trace, reentrant", { option: { ...first.option, unordered: true, trace: true, reentrant: true } }],
])("%s breaks nothing", (_, changes) => {
  expect(protoBreaks(compile({}), compile(changes))).toEqual([]);
});

const req = "of m3test.Say.Req";

test.each<[string, Partial<Parts>, string]>([
  ["a method renamed", { method: { name: "Speak" } }, "method m3test.SaySer.Say is gone"],
  [
    "another request",
    { method: { inputType: ".m3test.Item" } },
    "method m3test.SaySer.Say takes m3test.Item now, and no longer m3test.Say.Req",
  ],
  [
    "another response",
    { method: { outputType: ".m3test.Item" } },
    "method m3test.SaySer.Say returns m3test.Item now, and no longer m3test.Say.Rsp",
  ],
  ["a field gone", request({ 2: undefined }), `field count = 2 ${req} is gone: write "reserved 2;" in its place`],
  [
    "a range beside a field that is gone",
    request({ 2: undefined }, { reservedRange: [{ start: 1_00, end: 2_00 }] }),
    `field count = 2 ${req} is gone: write "reserved 2;" in its place`,
  ],
  [
    "a number used again",
    request({ 2: field("other", 2, "TYPE_BYTES") }),
    `field count = 2 ${req} was int32, and is bytes now: give the new one another number`,
  ],
  [
    "one that becomes many",
    request({ 2: field("count", 2, "TYPE_INT32", repeated) }),
    `field count = 2 ${req} was int32, and is repeated int32 now: give the new one another number`,
  ],
  [
    "another message",
    request({ 3: field("items", 3, "TYPE_MESSAGE", { ...message("Unused"), ...repeated }) }),
    `field items = 3 ${req} was repeated m3test.Item, and is repeated m3test.Unused now: give the new one another number`,
  ],
  [
    "another value of a map",
    request({}, { nestedType: [entry("TYPE_INT64")] }),
    `field counts = 4 ${req} was map<string, int32>, and is map<string, int64> now: give the new one another number`,
  ],
  [
    "a field that leaves its oneof",
    request(
      { 5: field("text", 5), 6: field("other", 8, "TYPE_STRING", { oneofIndex: 0 }) },
      { reservedRange: [{ start: 6, end: 7 }] },
    ),
    `field text = 5 ${req} was in body, and is in no oneof now`,
  ],
  [
    "a field deeper down",
    {
      item: { field: [field("name", 1, "TYPE_BYTES"), field("color", 2, "TYPE_ENUM", { typeName: ".m3test.Color" })] },
    },
    "field name = 1 of m3test.Item was string, and is bytes now: give the new one another number",
  ],
  [
    "a value of an enum renumbered",
    { color: { value: [...colors.slice(0, 2), { name: "BLUE", number: 3 }] } },
    "value BLUE of enum m3test.Color was 2, and is 3 now",
  ],
  [
    "a value of an enum gone",
    { color: { value: colors.slice(0, 2) } },
    'value BLUE of enum m3test.Color is gone: write "reserved 2;" in its place',
  ],
  [
    "another route_key",
    { ...request({ 2: field("count", 2, "TYPE_INT32") }), option: { ...first.option, routeKey: "count" } },
    'method m3test.SaySer.Say: route_key was "id", and is "count" now',
  ],
  [
    "no route_key",
    { option: { cs: true, idempotent: true } },
    'method m3test.SaySer.Say: route_key was "id", and is not set now',
  ],
  [
    "no cs",
    { option: { routeKey: "id", idempotent: true } },
    "method m3test.SaySer.Say: cs was true, clients can't call it any more",
  ],
  ["one way", { option: { ...first.option, ntf: true } }, "method m3test.SaySer.Say: ntf was false, and is true now"],
  [
    "no idempotent",
    { option: { routeKey: "id", cs: true } },
    "method m3test.SaySer.Say: idempotent was true, and callers that know it so may repeat calls",
  ],
  [
    "another actor_key",
    { service: { func: "say", actorKey: "roleid" } },
    'service m3test.SaySer: actor_key was "playerid", and is "roleid" now',
  ],
  [
    "another func",
    { service: { func: "tell", actorKey: "playerid" } },
    'service m3test.SaySer: func was "say", and is "tell" now',
  ],
  ["apps only", { service: { ...first.service, appsOnly: true } }, "service m3test.SaySer is apps_only now"],
  [
    "a field that is stored no more",
    level({}),
    "field level = 2 of m3test.Hero was stored, and has no dbfield_option now",
  ],
  ["another key", level(stored({ primary: true })), "field level = 2 of m3test.Hero is the primary key now"],
  [
    "presence of a stored field",
    {
      hero: {
        field: [
          ...(first.hero.field as JsonObject[]).slice(0, 1),
          field("level", 2, "TYPE_INT32", { ...stored(), proto3Optional: true, oneofIndex: 0 }),
        ],
        oneofDecl: [{ name: "_level" }],
      },
    },
    "field level = 2 of m3test.Hero is stored, and was not optional; now it is optional",
  ],
])("%s breaks what runs", (_, changes, line) => {
  expect(protoBreaks(compile({}), compile(changes))).toEqual([line]);
});

test("a service gone is told, one more is not", () => {
  const [one, two] = [compile({}), compile({}, ["SaySer", "MoreSer"])];
  expect(protoBreaks(one, two)).toEqual([]);
  expect(protoBreaks(two, one)).toEqual(["service m3test.MoreSer is gone"]);
});

test("what breaks is told once, however many lead there", () => {
  const changes = { ...request({ 2: undefined }), more: [again] };
  expect(protoBreaks(compile({ more: [again] }), compile(changes))).toHaveLength(1);
});

test("a digest is that of the protos, in whatever order their services are", () => {
  const { services } = compile({}, ["SaySer", "MoreSer"]);
  const digest = protoDigest(encodeProtos(services));
  expect(protoDigest(encodeProtos(services.toReversed()))).toBe(digest);
  expect(protoDigest(encodeProtos(services.slice(1)))).not.toBe(digest);
  expect(protoDigest(encodeProtos(compile({ option: {} }, ["SaySer", "MoreSer"]).services))).not.toBe(digest);
  expect(protoSet(services).services).toHaveLength(2);
});
