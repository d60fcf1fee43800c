import { clone, create, createFileRegistry } from "@bufbuild/protobuf";
import { type GenService, serviceDesc } from "@bufbuild/protobuf/codegenv2";
import {
  FieldDescriptorProto_Label,
  FieldDescriptorProto_Type,
  FieldDescriptorProtoSchema,
  FileDescriptorProtoSchema,
  MethodDescriptorProtoSchema,
} from "@bufbuild/protobuf/wkt";
import { type Hello_Req, type Hello_ReqSchema, type Hello_RspSchema, MultiSer } from "@m3game/examples/gen/multi_pb.js";
import { multi } from "m3game";
import { expect, test } from "vitest";
import { startGame } from "./support/game.ts";

interface HelloMethod {
  readonly methodKind: "unary";
  readonly input: typeof Hello_ReqSchema;
  readonly output: typeof Hello_RspSchema;
}

/** The next version of `MultiSer`: messages with one more field, and one more method. */
function nextVersion(): GenService<Record<string, HelloMethod>> {
  const file = clone(FileDescriptorProtoSchema, MultiSer.file.proto);
  for (const message of file.messageType.flatMap(({ nestedType }) => nestedType)) {
    message.field.push(
      create(FieldDescriptorProtoSchema, {
        ...{ name: "added", number: 2, type: FieldDescriptorProto_Type.STRING },
        label: FieldDescriptorProto_Label.OPTIONAL,
      }),
    );
  }
  const [first] = file.service;
  first?.method.unshift(
    create(MethodDescriptorProtoSchema, {
      ...{ name: "Added", inputType: ".proto.Hello.Req", outputType: ".proto.Hello.Rsp" },
    }),
  );
  const imports = new Map(MultiSer.file.dependencies.map((imported) => [`${imported.name}.proto`, imported]));
  const compiled = createFileRegistry(file, (name) => imports.get(name)).getFile(file.name);
  if (compiled === undefined) throw new Error("the next version was not compiled");
  return serviceDesc(compiled, 0);
}

test("a gate of the next version serves a client built from the version before", async () => {
  const added: unknown[] = [];
  const hello = (request: Hello_Req) => {
    if ("added" in request) added.push(request.added);
    return { rsp: `Hello , ${request.req}`, added: "of the next version" };
  };
  const next = { added: hello, hello, traceHello: hello, breakHello: hello };
  const game = await startGame({ server: multi(nextVersion(), next) });
  const client = await game.connect();
  const service = client.service(MultiSer);
  expect((await service.hello({ req: "you" })).rsp).toBe("Hello , you");
  expect((await service.traceHello({ req: "me" })).rsp).toBe("Hello , me");
  // What the client does not know of is not set.
  expect(added).toEqual(["", ""]);
});
