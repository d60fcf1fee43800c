import { execFile } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { createFileRegistry, type DescMethod, fromBinary, fromJson, toBinary, toJson } from "@bufbuild/protobuf";
import { FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import { Client, credentials } from "@grpc/grpc-js";
import { expect, onTestFinished, test, vi } from "vitest";
import { startCli } from "./support/cli-process.ts";
import { examples, examplesFolder } from "./support/examples.ts";

// Each starts processes, on a machine that may be busy.
vi.setConfig({ testTimeout: 60_000 });

const root = fileURLToPath(new URL("../../..", import.meta.url));

/** A method as a program knows it that has nothing but the proto file. */
async function compileMethod(file: string, service: string, method: string): Promise<DescMethod> {
  const buf = join(root, "node_modules/.bin/buf");
  const { stdout } = await promisify(execFile)(buf, ["build", "--path", file, "-o", "-"], {
    cwd: root,
    encoding: "buffer",
  });
  const registry = createFileRegistry(fromBinary(FileDescriptorSetSchema, new Uint8Array(stdout)));
  const found = registry.getService(service)?.methods.find(({ name }) => name === method);
  if (found === undefined) throw new Error(`${file} has no ${service}/${method}`);
  return found;
}

test("a plain gRPC client that has only the proto file calls SimpleSer", async () => {
  const simple = examples.find(({ name }) => name === "simpleapp");
  if (simple === undefined) throw new Error("there is no simpleapp");
  const port = "M3__Plugin__Trans__trans_http2__Port=0";
  const app = startCli(["run", simple.appFile, "-idstr", simple.id, "-env", port]);
  const hello = await compileMethod(join(examplesFolder, "proto/simple.proto"), "proto.SimpleSer", "HelloWorld");

  const client = new Client(await app.grpcEndpoint(), credentials.createInsecure());
  onTestFinished(() => client.close());
  const answer = await new Promise((resolve, reject) => {
    client.makeUnaryRequest(
      "/proto.SimpleSer/HelloWorld",
      (request: Uint8Array) => Buffer.from(request),
      (bytes) => toJson(hello.output, fromBinary(hello.output, new Uint8Array(bytes))),
      toBinary(hello.input, fromJson(hello.input, { req: "everybody" })),
      (error, response) => (error === null ? resolve(response) : reject(error)),
    );
  });
  expect(answer).toEqual({ rsp: "HelloWorld , everybody" });
});
