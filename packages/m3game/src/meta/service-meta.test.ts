import type { DescService, JsonObject } from "@bufbuild/protobuf";
import { describe, expect, test } from "vitest";
import { compileFile } from "../../test/support/descriptors.ts";
import { isM3Error } from "./error.ts";
import { readServiceMeta } from "./service-meta.ts";

const text = { name: "text", number: 1, type: "TYPE_STRING", label: "LABEL_OPTIONAL" };

/** `message Say { message Req { string text = 1; } message Rsp {} }` with options. */
const parent = (name: string, options: JsonObject = { "[proto.rpc_option]": {} }) => ({
  name,
  options,
  nestedType: [{ name: "Req", field: [text] }, { name: "Rsp" }],
});

const rpc = (name: string, rest: JsonObject = {}) => ({
  name,
  inputType: `.m3test.${name}.Req`,
  outputType: `.m3test.${name}.Rsp`,
  ...rest,
});

interface ServiceJson {
  readonly options?: JsonObject;
  readonly methods?: JsonObject[];
  readonly messages?: JsonObject[];
}

function compileService({
  options = {},
  methods = [rpc("Say")],
  messages = [parent("Say")],
}: ServiceJson): DescService {
  const [service] = compileFile({
    name: "m3test/say.proto",
    package: "m3test",
    messageType: [...messages, { name: "Empty" }],
    service: [{ name: "SaySer", options, method: methods }],
  }).services;
  if (service === undefined) throw new Error("the file has no service");
  return service;
}

/** The problems that reading the service reports, one a line. */
function problemsOf(json: ServiceJson): readonly string[] {
  try {
    readServiceMeta(compileService(json));
  } catch (error) {
    if (!isM3Error(error)) throw error;
    expect(error.reason).toBe("PROTO_INVALID");
    return error.message.split("\n");
  }
  return [];
}

describe("readServiceMeta", () => {
  test("a service without options has defaults", () => {
    expect(readServiceMeta(compileService({}))).toMatchObject({
      func: "",
      actorKey: "",
      validate: false,
      methods: [
        {
          fullName: "/m3test.SaySer/Say",
          localName: "say",
          routeKey: undefined,
          notify: false,
          trace: false,
          clientCallable: false,
          reentrant: false,
          idempotent: false,
          unordered: false,
        },
      ],
    });
  });

  test("every option is read", () => {
    const all = {
      routeKey: "text",
      ntf: true,
      trace: true,
      cs: true,
      reentrant: true,
      idempotent: true,
      unordered: true,
    };
    const meta = readServiceMeta(
      compileService({
        options: { "[proto.service_option]": { func: "say", actorKey: "roleid", validate: true } },
        messages: [parent("Say", { "[proto.rpc_option]": all })],
      }),
    );
    expect(meta).toMatchObject({ func: "say", actorKey: "roleid", validate: true });
    expect(meta.methods[0]).toMatchObject({
      service: meta,
      input: { typeName: "m3test.Say.Req" },
      output: { typeName: "m3test.Say.Rsp" },
      routeKey: { field: "text" },
      notify: true,
      trace: true,
      clientCallable: true,
      reentrant: true,
      idempotent: true,
      unordered: true,
    });
  });

  test("the option on the method wins over the one on its parent message, as a whole", () => {
    const meta = readServiceMeta(
      compileService({
        messages: [parent("Say", { "[proto.rpc_option]": { routeKey: "text", cs: true } })],
        methods: [rpc("Say", { options: { "[proto.method_option]": { ntf: true } } })],
      }),
    );
    expect(meta.methods[0]).toMatchObject({ notify: true, clientCallable: false, routeKey: undefined });
  });

  test("the option on the method serves messages without a parent", () => {
    const method = { name: "Ping", inputType: ".m3test.Empty", outputType: ".m3test.Empty" };
    const options = { "[proto.method_option]": {} };
    expect(readServiceMeta(compileService({ methods: [{ ...method, options }] })).methods).toHaveLength(1);
    expect(problemsOf({ methods: [method] })).toEqual([
      "m3test/say.proto: method m3test.SaySer.Ping: message m3test.Empty stands in no message that holds Req and Rsp; write { option (method_option) = {}; } after the method",
    ]);
  });

  test("a parent message without rpc_option is refused", () => {
    expect(problemsOf({ messages: [parent("Say", {})] })).toEqual([
      "m3test/say.proto: method m3test.SaySer.Say: message m3test.Say has no rpc_option; write option (rpc_option) = {}; in it, or { option (method_option) = {}; } after the method",
    ]);
  });

  test.each([{ clientStreaming: true }, { serverStreaming: true }, { clientStreaming: true, serverStreaming: true }])(
    "streaming is refused: %o",
    (streaming) => {
      expect(problemsOf({ methods: [rpc("Say", streaming)] })).toEqual([
        'm3test/say.proto: method m3test.SaySer.Say: streaming is not supported; write rpc Say(Req) returns (Rsp) without "stream"',
      ]);
    },
  );

  test("a method that clients could not call is refused", () => {
    expect(problemsOf({ methods: [rpc("To")], messages: [parent("To")] })).toEqual([
      'm3test/say.proto: method m3test.SaySer.To: clients have a member "to" of their own; choose another name for the method',
    ]);
  });

  test("a route_key that is no field is refused", () => {
    expect(problemsOf({ messages: [parent("Say", { "[proto.rpc_option]": { routeKey: "txt" } })] })).toEqual([
      'm3test/say.proto: message m3test.Say.Req: route_key "txt" is no field of it; its fields are: text',
    ]);
  });

  test.each(["a.b", "a b", "f".repeat(65)])("the function %j is refused", (func) => {
    expect(problemsOf({ options: { "[proto.service_option]": { func } } })).toEqual([
      `m3test/say.proto: service m3test.SaySer: func "${func}" is no function id; write 1 to 64 of A-Z a-z 0-9 _ and -`,
    ]);
  });

  test("an actor_key that is no metadata key is refused", () => {
    expect(problemsOf({ options: { "[proto.service_option]": { actorKey: "RoleId" } } })).toEqual([
      'm3test/say.proto: service m3test.SaySer: actor_key "RoleId" is no metadata key; write lower case letters, digits, _ . and -',
    ]);
  });

  test.each(["m3roleid", "grpc-role"])("the actor_key %j is refused: callers could not set it", (actorKey) => {
    expect(problemsOf({ options: { "[proto.service_option]": { actorKey } } })).toEqual([
      `m3test/say.proto: service m3test.SaySer: actor_key "${actorKey}" belongs to the framework; choose another, without m3 or grpc- in front`,
    ]);
  });

  test("all problems are reported at once", () => {
    const problems = problemsOf({
      options: { "[proto.service_option]": { func: "a.b" } },
      methods: [rpc("Say", { serverStreaming: true }), rpc("Shout"), rpc("Whisper")],
      messages: [parent("Say"), parent("Shout", {}), parent("Whisper", { "[proto.rpc_option]": { routeKey: "x" } })],
    });
    expect(problems).toHaveLength(4);
  });
});
