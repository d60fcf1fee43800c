import type { Message } from "@bufbuild/protobuf";
import { type GenMessage, type GenService, messageDesc, serviceDesc } from "@bufbuild/protobuf/codegenv2";
import { expect, test } from "vitest";
import { callerApp, failure, startTestCluster } from "../../test/support/cluster.ts";
import { compileFile } from "../../test/support/descriptors.ts";
import { defineApp } from "../app/define-app.ts";
import { Code } from "../meta/code.ts";
import { multi } from "./multi.ts";

type Name = Message<"m3test.Name"> & { name: string; level: number };

/** A service whose request has rules, which it enforces or not. */
function compileService(validate: boolean) {
  const file = compileFile({
    name: "m3test/name.proto",
    package: "m3test",
    messageType: [
      {
        name: "Name",
        field: [
          {
            ...{ name: "name", number: 1, type: "TYPE_STRING", label: "LABEL_OPTIONAL" },
            options: { "[buf.validate.field]": { string: { minLen: "2", maxLen: "5" } } },
          },
          {
            ...{ name: "level", number: 2, type: "TYPE_INT32", label: "LABEL_OPTIONAL" },
            options: { "[buf.validate.field]": { int32: { gte: 1 } } },
          },
        ],
      },
    ],
    service: [
      {
        name: "NameSer",
        options: { "[proto.service_option]": { func: "name", validate } },
        method: [
          {
            name: "Rename",
            inputType: ".m3test.Name",
            outputType: ".m3test.Name",
            options: { "[proto.method_option]": {} },
          },
        ],
      },
    ],
  });
  type NameMethod = { methodKind: "unary"; input: GenMessage<Name>; output: GenMessage<Name> };
  const schema: GenMessage<Name> = messageDesc(file, 0);
  const service: GenService<{ rename: NameMethod }> = serviceDesc(file, 0);
  expect(service.method.rename.input.typeName).toBe(schema.typeName);
  return service;
}

async function start(validate: boolean) {
  const service = compileService(validate);
  const handled: string[] = [];
  const rename = (request: Name) => {
    handled.push(request.name);
    return request;
  };
  const cluster = await startTestCluster([
    { app: defineApp({ func: "name", servers: [multi(service, { rename })] }), id: "test.w1.name.1" },
    { app: callerApp(), id: "test.w1.caller.1" },
  ]);
  return { handled, names: cluster.app("test.w1.caller.1").client(service) };
}

test("a request that breaks rules of its proto is refused with all of them; the handler does not run", async () => {
  const { handled, names } = await start(true);
  expect(await failure(names.rename({ name: "x" }))).toMatchObject({
    code: Code.INVALID_ARGUMENT,
    reason: "BAD_REQUEST",
    notExecuted: true,
    message: expect.stringMatching(/^\/m3test\.NameSer\/Rename: .*name.*2.*; .*level.*1/),
  });
  expect(handled).toEqual([]);
  expect((await names.rename({ name: "June", level: 1 })).name).toBe("June");
  expect(handled).toEqual(["June"]);
});

test("rules are not enforced on a service that does not ask for it", async () => {
  const { handled, names } = await start(false);
  await names.rename({ name: "x" });
  expect(handled).toEqual(["x"]);
});
