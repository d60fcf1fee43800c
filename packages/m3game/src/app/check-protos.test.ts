import { type GenService, serviceDesc } from "@bufbuild/protobuf/codegenv2";
import { expect, test } from "vitest";
import { callerApp, failure, startTestCluster } from "../../test/support/cluster.ts";
import { compileFile } from "../../test/support/descriptors.ts";
import type { Line, LineSchema } from "../../test/support/services.ts";
import { type AppDefinition, defineApp, type Interceptor, multi } from "../index.ts";

interface SayMethod {
  readonly methodKind: "unary";
  readonly input: typeof LineSchema;
  readonly output: typeof LineSchema;
}

/** An app of the function `say`, whose service has these methods. */
function sayApp(methods: readonly string[], version?: string): AppDefinition {
  const file = compileFile({
    ...{ name: "m3test/versions.proto", package: "m3test.versions" },
    messageType: [{ name: "Line", field: [{ name: "text", number: 1, type: "TYPE_STRING", label: "LABEL_OPTIONAL" }] }],
    service: [
      {
        name: "SaySer",
        method: methods.map((name) => ({
          ...{ name, inputType: ".m3test.versions.Line", outputType: ".m3test.versions.Line" },
          options: { "[proto.method_option]": {} },
        })),
        options: { "[proto.service_option]": { func: "say" } },
      },
    ],
  });
  const service: GenService<Record<string, SayMethod>> = serviceDesc(file, 0);
  const handlers = Object.fromEntries(service.methods.map(({ localName }) => [localName, (line: Line) => line]));
  return defineApp({ func: "say", servers: [multi(service, handlers)], ...(version !== undefined && { version }) });
}

const id = (instance: number) => `test.w1.say.${instance}`;
const older = sayApp(["Say", "Shout"], "1.9");
const newer = sayApp(["Say", "Shout", "Whisper"], "1.10");
const breaking = sayApp(["Say"], "1.11");

test("protos that break those of a running instance are refused, with what breaks, and nothing is registered", async () => {
  const cluster = await startTestCluster([
    { app: older, id: id(1) },
    { app: callerApp(), id: "test.w1.caller.1" },
  ]);
  const error = await failure(cluster.start({ app: breaking, id: id(2) }));
  expect(error).toMatchObject({
    reason: "PROTO_BREAKS",
    message: [
      "the protos of this app break those of test.w1.say.1 of version 1.9, which runs:",
      "  method m3test.versions.SaySer.Shout is gone",
      "Change the protos, or set AllowBreakingProtos in [Options.Rpc] to start all the same",
    ].join("\n"),
  });
  const instances = await cluster.app("test.w1.caller.1").instances("test.w1.say");
  expect(instances.map(({ app }) => app)).toEqual([id(1)]);
});

test("they start where the config allows it, and the log says what breaks", async () => {
  const cluster = await startTestCluster([{ app: older, id: id(1) }]);
  await cluster.start({ app: breaking, id: id(2), config: "[Options.Rpc]\nAllowBreakingProtos = true\n" });
  expect(cluster.log.at("warn")).toMatchObject([
    { fields: { breaks: ["method m3test.versions.SaySer.Shout is gone"], running: "test.w1.say.1 of version 1.9" } },
  ]);
});

test("a newer version starts beside an older one, and the older one again beside it or in its place", async () => {
  const cluster = await startTestCluster([{ app: older, id: id(1) }]);
  await cluster.start({ app: newer, id: id(2) });
  await cluster.start({ app: older, id: id(3) });
  await cluster.app(id(1)).stop();
  await cluster.app(id(3)).stop();
  // Nobody has its protos now: a rollback.
  await cluster.start({ app: older, id: id(3) });
  expect(cluster.log.at("warn")).toEqual([]);
});

test("a rollback is refused when the newer version has broken what it knows", async () => {
  const cluster = await startTestCluster([{ app: breaking, id: id(1) }]);
  expect(await failure(cluster.start({ app: older, id: id(2) }))).toMatchObject({
    reason: "PROTO_BREAKS",
    message: expect.stringContaining(
      "of a lower version than those of test.w1.say.1 of version 1.11, which break them:",
    ),
  });
});

/** Runs, and tells nobody its protos. */
function mute(app: AppDefinition, tell: () => Promise<never>): AppDefinition {
  const interceptor: Interceptor = ({ side, method }, next) =>
    side === "server" && method.endsWith("/DescribeProtos") ? tell() : next();
  return { ...app, interceptors: [interceptor] };
}

test("an app that nobody runs beside, or beside which nobody tells, starts and says so", async () => {
  const cluster = await startTestCluster([
    { app: mute(older, () => Promise.reject(new Error("broken"))), id: id(1) },
    { app: mute(older, () => new Promise(() => {})), id: id(2) },
  ]);
  expect(cluster.log.at("info")).toContainEqual(
    expect.objectContaining({ message: "no instance of the function runs whose protos could be compared" }),
  );
  await cluster.start({ app: breaking, id: id(3) });
  expect(cluster.log.at("warn")).toContainEqual(
    expect.objectContaining({
      message: "no running instance told its protos in time: this app starts without comparing",
      fields: expect.objectContaining({ app: id(3), asked: 2 }),
    }),
  );
});
