import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { FileDescriptorProtoSchema } from "@bufbuild/protobuf/wkt";
import { Server, ServerCredentials, type ServerDuplexStream } from "@grpc/grpc-js";
import { transHttp2 } from "@m3game/trans-http2";
import {
  type ServerReflectionRequest,
  ServerReflectionRequestSchema,
  type ServerReflectionResponse,
  ServerReflectionResponseSchema,
} from "@m3game/trans-http2/gen/grpc/reflection/v1/reflection_pb.js";
import { startApp } from "m3game";
import { expect, onTestFinished, test } from "vitest";
import app from "./fixtures/quiet-app.ts";
import { runM3 } from "./support/run-in-process.ts";
import { TalkSer } from "./support/talk-service.ts";
import { temporaryFolder } from "./support/temporary-folder.ts";

/** Starts the talk app in this process. Resolves with its gRPC address. */
async function startTalk(config = ""): Promise<string> {
  const running = await startApp(app, {
    id: "test.world1.talk.1",
    config: `[[Plugin.Trans.trans_http2]]\n${config}`,
    plugins: [transHttp2],
  });
  onTestFinished(() => running[Symbol.asyncDispose]());
  const [http2] = running.endpoints;
  if (http2 === undefined) throw new Error("the app has no endpoint");
  return http2.endpoint;
}

test("lists services, describes one, calls a method", async () => {
  const target = await startTalk();
  const list = await runM3(["call", target]);
  expect(list.code).toBe(0);
  expect(list.stdout.split("\n")).toContain("m3test.TalkSer");

  const description = await runM3(["call", target, "m3test.TalkSer"]);
  expect(description.stdout).toContain("service m3test.TalkSer\n");
  expect(description.stdout).toContain(`  Say(m3test.Text) returns (m3test.Text)\n    '{"text":"you","count":1}'\n`);
  const request = '{"text":"you","count":"9007199254740993"}';
  const call = await runM3(["call", target, "m3test.TalkSer/Say", request]);
  expect(call.code).toBe(0);
  expect(JSON.parse(call.stdout)).toEqual({ text: "Hello you", count: "9007199254740993" });
  expect(await runM3(["call", target, "/m3test.TalkSer/Say", request])).toEqual(call);
});

test("the request is empty by default", async () => {
  const { stdout } = await runM3(["call", await startTalk(), "m3test.TalkSer/Say"]);
  expect(JSON.parse(stdout)).toEqual({ text: "Hello ", count: "0" });
});

test("metadata is sent", async () => {
  const target = await startTalk();
  const headers = ["-H", "player:7", "-H", "when:12:30"];
  const { stdout } = await runM3(["call", target, "m3test.TalkSer/Headers", "{}", ...headers]);
  const { text } = JSON.parse(stdout);
  expect(text).toContain("player=7");
  expect(text).toContain("when=12:30");
});

test("an error shows code, reason and message, and ends with 1", async () => {
  const { code, stdout, stderr } = await runM3(["call", await startTalk(), "m3test.TalkSer/Fail"]);
  expect(code).toBe(1);
  expect(stdout).toBe("");
  expect(stderr).toBe("m3 call: NOT_FOUND (NO_PLAYER): no such player\n");
});

test("a call that takes longer than --timeout", async () => {
  const { code, stderr } = await runM3(["call", await startTalk(), "m3test.TalkSer/Hang", "{}", "--timeout", "500"]);
  expect(code).toBe(1);
  expect(stderr).toContain("m3 call: DEADLINE_EXCEEDED");
});

test.each([
  [
    "no.Such/Say",
    "{}",
    /UNIMPLEMENTED \(UNKNOWN_METHOD\): the server has no service no\.Such; it has .*m3test\.TalkSer/,
  ],
  ["no.Such", "{}", /the server has no service no\.Such; it has .*m3test\.TalkSer/],
  ["m3test.TalkSer/Sing", "{}", /m3test\.TalkSer has no method Sing; it has Say, Wait/],
  ["m3test.TalkSer/Say", '{"txt":"you"}', /BAD_REQUEST\): the request is no m3test\.Text: .*txt/],
  ["grpc.health.v1.Health/Watch", "{}", /grpc\.health\.v1\.Health\/Watch streams/],
])("what can't be called: %s %s", async (path, request, problem) => {
  const { code, stderr } = await runM3(["call", await startTalk(), path, request]);
  expect(code).toBe(1);
  expect(stderr).toMatch(problem);
});

test("nobody listens there", async () => {
  const { code, stderr } = await runM3(["call", "127.0.0.1:1", "m3test.TalkSer/Say"]);
  expect(code).toBe(1);
  expect(stderr).toContain("m3 call: UNAVAILABLE");
  expect(stderr).toContain("Does a gRPC server (trans_http2) listen on 127.0.0.1:1?\n");
});

test("TLS with an authority of one's own", async (context) => {
  const folder = await temporaryFolder();
  const [key, cert] = [join(folder, "key.pem"), join(folder, "cert.pem")];
  const made = await promisify(execFile)("openssl", [
    ...["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"],
    ...["-keyout", key, "-out", cert, "-subj", "/CN=m3 test", "-addext", "subjectAltName=IP:127.0.0.1"],
  ]).catch(() => undefined);
  if (made === undefined) return context.skip("needs the openssl command");
  const target = await startTalk(`[Plugin.Trans.trans_http2.Tls]\nCertFile = "${cert}"\nKeyFile = "${key}"\n`);
  const path = "m3test.TalkSer/Say";
  expect((await runM3(["call", target, path, "{}", "--ca", cert])).code).toBe(0);
  expect((await runM3(["call", target, path, "{}", "--tls"])).code).toBe(1);
  expect((await runM3(["call", target, path, "{}"])).code).toBe(1);
});

interface BareReflection {
  readonly version: "v1" | "v1alpha";
  /** Sends each file alone, without its imports and without JSON names. */
  readonly answer: (request: ServerReflectionRequest) => ServerReflectionResponse["messageResponse"];
}

/** A server that has reflection and nothing else. */
async function startBare({ version, answer }: BareReflection): Promise<string> {
  const server = new Server();
  onTestFinished(() => server.forceShutdown());
  server.register(
    `/grpc.reflection.${version}.ServerReflection/ServerReflectionInfo`,
    (stream: ServerDuplexStream<ServerReflectionRequest, ServerReflectionResponse>) => {
      stream.on("data", (request: ServerReflectionRequest) => {
        stream.write(create(ServerReflectionResponseSchema, { messageResponse: answer(request) }));
      });
      stream.on("end", () => stream.end());
    },
    (response: ServerReflectionResponse) => Buffer.from(toBinary(ServerReflectionResponseSchema, response)),
    (bytes: Buffer) => fromBinary(ServerReflectionRequestSchema, new Uint8Array(bytes)),
    "bidi",
  );
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    );
  });
  return `127.0.0.1:${port}`;
}

test("an older server, which sends files one by one and without JSON names", async () => {
  const asked: string[] = [];
  const files = [TalkSer.file, ...TalkSer.file.dependencies, ...(TalkSer.file.dependencies[0]?.dependencies ?? [])];
  const target = await startBare({
    version: "v1alpha",
    answer({ messageRequest: { case: kind, value } }) {
      asked.push(`${kind} ${value}`);
      const file = kind === "fileByFilename" ? files.find(({ proto }) => proto.name === value) : TalkSer.file;
      if (file === undefined) throw new Error(`the test has no file ${value}`);
      const bare = structuredClone(file.proto);
      for (const { field } of bare.messageType) for (const each of field) each.jsonName = "";
      const bytes = toBinary(FileDescriptorProtoSchema, bare);
      return {
        case: "fileDescriptorResponse",
        value: { $typeName: "grpc.reflection.v1.FileDescriptorResponse", fileDescriptorProto: [bytes] },
      };
    },
  });
  const { stdout } = await runM3(["call", target, "m3test.TalkSer"]);
  expect(stdout).toContain(`'{"text":"you","count":1}'`);
  expect(asked).toEqual([
    "fileContainingSymbol m3test.TalkSer",
    "fileByFilename m3/options.proto",
    "fileByFilename google/protobuf/descriptor.proto",
  ]);
});

test("a server without reflection", async () => {
  const server = new Server();
  onTestFinished(() => server.forceShutdown());
  const port = await new Promise<number>((resolve) => {
    server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (_error, bound) => resolve(bound));
  });
  const { code, stderr } = await runM3(["call", `127.0.0.1:${port}`]);
  expect(code).toBe(1);
  expect(stderr).toContain("UNIMPLEMENTED: the server has no gRPC reflection");
});
