import { type GenMessage, type GenService, serviceDesc } from "@bufbuild/protobuf/codegenv2";
import { expect, test } from "vitest";
import { startTestCluster } from "../../test/support/cluster.ts";
import { compileFile } from "../../test/support/descriptors.ts";
import { PlayerSer } from "../../test/support/player-services.ts";
import type { Line } from "../../test/support/services.ts";
import { defineApp } from "../app/define-app.ts";
import { multi } from "../server/multi.ts";
import { defineClient } from "./define-client.ts";

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

test("definitions that name the same function share a class; one with a route or a check has its own", async () => {
  const cluster = await startTestCluster([{ app: defineApp({ func: "any", servers: [] }), id: "test.w1.any.1" }]);
  const app = cluster.app("test.w1.any.1");
  const classOf = (options: { readonly func: string; readonly check?: object }) =>
    Object.getPrototypeOf(app.client(defineClient(PlayerSer, options)));
  expect(classOf({ func: "gate" })).toBe(classOf({ func: "gate" }));
  expect(classOf({ func: "gate" })).not.toBe(classOf({ func: "other" }));
  expect(classOf({ func: "gate", check: {} })).not.toBe(classOf({ func: "gate" }));
  const own = defineClient(PlayerSer, { func: "gate", check: {} });
  expect(Object.getPrototypeOf(app.client(own))).toBe(Object.getPrototypeOf(app.client(own)));
});
