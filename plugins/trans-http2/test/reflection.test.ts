import { once } from "node:events";
import {
  create,
  createFileRegistry,
  type FileRegistry,
  fromBinary,
  getOption,
  type MessageInitShape,
  toBinary,
} from "@bufbuild/protobuf";
import { reflect } from "@bufbuild/protobuf/reflect";
import { FileDescriptorProtoSchema, FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import { status } from "@grpc/grpc-js";
import {
  ServerReflectionRequestSchema,
  type ServerReflectionResponse,
  ServerReflectionResponseSchema,
} from "@m3game/trans-http2/gen/grpc/reflection/v1/reflection_pb.js";
import { ActorControlSer } from "m3game/gen/m3/actor_control_pb.js";
import { service_option } from "m3game/gen/m3/options_pb.js";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { PlainClient } from "./support/grpc-client.ts";
import { startServer, type TestServer } from "./support/http2-trans.ts";
import { createSimpleService } from "./support/simple-service.ts";

type Question = NonNullable<MessageInitShape<typeof ServerReflectionRequestSchema>["messageRequest"]>;

describe.each(["v1", "v1alpha"])("reflection %s", (version) => {
  let server: TestServer;
  let client: PlainClient;

  beforeEach(async () => {
    server = await startServer({ services: [createSimpleService()], controls: [ActorControlSer] });
    client = new PlainClient(server.listener.endpoint);
  });

  afterEach(async () => {
    client[Symbol.dispose]();
    await server[Symbol.asyncDispose]();
  });

  async function ask(...questions: Question[]): Promise<ServerReflectionResponse["messageResponse"][]> {
    const stream = client.client.makeBidiStreamRequest(
      `/grpc.reflection.${version}.ServerReflection/ServerReflectionInfo`,
      (request: Question) =>
        Buffer.from(
          toBinary(ServerReflectionRequestSchema, create(ServerReflectionRequestSchema, { messageRequest: request })),
        ),
      (bytes: Buffer) => fromBinary(ServerReflectionResponseSchema, bytes),
    );
    const answers: ServerReflectionResponse["messageResponse"][] = [];
    stream.on("data", (answer: ServerReflectionResponse) => answers.push(answer.messageResponse));
    for (const question of questions) stream.write(question);
    stream.end();
    await once(stream, "end");
    return answers;
  }

  async function registryOf(question: Question): Promise<FileRegistry> {
    const [answer] = await ask(question);
    if (answer?.case !== "fileDescriptorResponse") throw new Error(`no files, but ${answer?.case}`);
    const file = answer.value.fileDescriptorProto.map((bytes) => fromBinary(FileDescriptorProtoSchema, bytes));
    // A registry wants every import before what imports it.
    return createFileRegistry(create(FileDescriptorSetSchema, { file: file.reverse() }));
  }

  test("the hosted services are listed, and what the transport itself serves", async () => {
    const [answer] = await ask({ case: "listServices", value: "" });
    expect(answer?.case === "listServicesResponse" && answer.value.service.map(({ name }) => name)).toEqual([
      "grpc.health.v1.Health",
      "grpc.reflection.v1.ServerReflection",
      "proto.SimpleSer",
    ]);
  });

  test("what only apps call is served, and not told of", async () => {
    const symbols = [ActorControlSer.typeName, "proto.HandOver", "proto.Moved"];
    for (const symbol of symbols) {
      const [answer] = await ask({ case: "fileContainingSymbol", value: symbol });
      expect(answer).toMatchObject({ case: "errorResponse", value: { errorCode: status.NOT_FOUND } });
    }
    await client.callRaw(`/${ActorControlSer.typeName}/HandOver`, new Uint8Array(0));
    expect(server.host.calls.last).toMatchObject({ method: "/proto.ActorControlSer/HandOver", sourceApp: "" });
  });

  test("a client that knows nothing calls a method with what reflection tells it", async () => {
    const registry = await registryOf({ case: "fileContainingSymbol", value: "proto.SimpleSer" });
    const method = registry.getService("proto.SimpleSer")?.methods[0];
    if (method === undefined) throw new Error("no method");
    const request = reflect(method.input);
    for (const field of request.fields) request.set(field, "hello");
    const answer = await client.call("/proto.SimpleSer/HelloWorld", method.input, method.input, request.message);
    expect(answer).toEqual(request.message);
    expect(server.host.calls.last).toMatchObject({ method: "/proto.SimpleSer/HelloWorld", sourceApp: "", hops: 0 });
  });

  test("custom options and their files come along", async () => {
    const registry = await registryOf({ case: "fileByFilename", value: "simple.proto" });
    const service = registry.getService("proto.SimpleSer");
    expect(service && getOption(service, service_option).func).toBe("simple");
    expect(registry.getExtension(service_option.typeName)).toBeDefined();
  });

  test("every kind of symbol is found in the file that defines it", async () => {
    const symbols = {
      "proto.SimpleSer.HelloWorld": "simple.proto",
      "proto.HelloWorld.Req": "types.proto",
      "proto.HelloWorld.Req.req": "types.proto",
      "proto.Mood": "types.proto",
      "proto.MOOD_UNKNOWN": "types.proto",
      [service_option.typeName]: "m3/options.proto",
      "grpc.health.v1.Health.Check": "grpc/health/v1/health.proto",
    };
    for (const [symbol, file] of Object.entries(symbols)) {
      const [answer] = await ask({ case: "fileContainingSymbol", value: symbol });
      const [bytes] = answer?.case === "fileDescriptorResponse" ? answer.value.fileDescriptorProto : [];
      expect(bytes && fromBinary(FileDescriptorProtoSchema, bytes).name, symbol).toBe(file);
    }
  });

  test("extensions are found by number and listed by type", async () => {
    const containingType = "google.protobuf.ServiceOptions";
    const [one, all] = await ask(
      { case: "fileContainingExtension", value: { containingType, extensionNumber: service_option.number } },
      { case: "allExtensionNumbersOfType", value: containingType },
    );
    expect(one?.case).toBe("fileDescriptorResponse");
    expect(all?.case === "allExtensionNumbersResponse" && all.value).toMatchObject({
      baseTypeName: containingType,
      extensionNumber: [service_option.number],
    });
  });

  test("what is unknown is an answer, and the stream goes on", async () => {
    const answers = await ask(
      { case: "fileContainingSymbol", value: "proto.Nothing" },
      { case: "fileByFilename", value: "nothing.proto" },
      { case: "fileContainingExtension", value: { containingType: "proto.HelloWorld", extensionNumber: 7 } },
      { case: "allExtensionNumbersOfType", value: "proto.Nothing" },
      { case: "listServices", value: "" },
    );
    const errors = answers.slice(0, 4).map((answer) => answer?.case === "errorResponse" && answer.value.errorCode);
    expect(errors).toEqual([status.NOT_FOUND, status.NOT_FOUND, status.NOT_FOUND, status.NOT_FOUND]);
    expect(answers[4]?.case).toBe("listServicesResponse");
  });
});
