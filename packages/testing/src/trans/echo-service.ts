import { create, createFileRegistry, type DescService } from "@bufbuild/protobuf";
import { FileDescriptorProtoSchema } from "@bufbuild/protobuf/wkt";

/** The one method of `createEchoService`. */
export const echoMethod = "/m3test.EchoSer/Echo";

/** Describes a service with one unary method of empty messages, so that no generated code is needed. */
export function createEchoService(): DescService {
  const file = create(FileDescriptorProtoSchema, {
    name: "m3test/echo.proto",
    package: "m3test",
    syntax: "proto3",
    messageType: [{ name: "Message" }],
    service: [
      {
        name: "EchoSer",
        method: [{ name: "Echo", inputType: ".m3test.Message", outputType: ".m3test.Message" }],
      },
    ],
  });
  const service = createFileRegistry(file, () => undefined).getService("m3test.EchoSer");
  if (service === undefined) throw new Error("the descriptor of m3test.EchoSer has no service");
  return service;
}
