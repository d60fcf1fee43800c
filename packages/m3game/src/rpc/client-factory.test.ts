import { type GenMessage, type GenService, serviceDesc } from "@bufbuild/protobuf/codegenv2";
import { expect, test } from "vitest";
import { startTestCluster } from "../../test/support/cluster.ts";
import { compileFile } from "../../test/support/descriptors.ts";
import type { Line } from "../../test/support/services.ts";
import { defineApp } from "../app/define-app.ts";
import { multi } from "../server/multi.ts";

const names = ["Parent", "Route", "Call", "Name", "Length", "Prototype", "Constructor", "ToString", "Client"] as const;

interface LineMethod {
  readonly methodKind: "unary";
  readonly input: GenMessage<Line>;
  readonly output: GenMessage<Line>;
}

test("methods may have any name but To", async () => {
  const file = compileFile({
    name: "m3test/names.proto",
    package: "m3test",
    messageType: [{ name: "Line", field: [{ name: "text", number: 1, type: "TYPE_STRING", label: "LABEL_OPTIONAL" }] }],
    service: [
      {
        name: "NamesSer",
        options: { "[proto.service_option]": { func: "names" } },
        method: names.map((name) => ({
          name,
          inputType: ".m3test.Line",
          outputType: ".m3test.Line",
          options: { "[proto.method_option]": {} },
        })),
      },
    ],
  });
  const service: GenService<Record<string, LineMethod>> = serviceDesc(file, 0);
  const { methods } = service;
  const handlers = Object.fromEntries(
    methods.map(({ localName, name }) => [localName, (line: Line) => ({ text: `${name} ${line.text}` })]),
  );
  const cluster = await startTestCluster([
    { app: defineApp({ func: "names", servers: [multi(service, handlers)] }), id: "test.w1.names.1" },
  ]);
  const client = cluster.app("test.w1.names.1").client(service);
  for (const { localName, name } of methods) {
    const answer = await client[localName]?.({ text: "hi" });
    expect(answer?.text).toBe(`${name} hi`);
  }
});
