import { create, type DescFile, type MessageInitShape } from "@bufbuild/protobuf";
import { type Server, type ServerDuplexStream, status } from "@grpc/grpc-js";
import {
  ServerReflection,
  type ServerReflectionRequest,
  ServerReflectionRequestSchema,
  type ServerReflectionResponse,
  ServerReflectionResponseSchema,
} from "../gen/grpc/reflection/v1/reflection_pb.js";
import { type DescriptorIndex, encodeWithImports } from "./descriptor-index.ts";
import { decoder, encoder } from "./message-codec.ts";

const method = "ServerReflectionInfo";
// Older clients know v1alpha only; its messages are the same.
const paths = [`/${ServerReflection.typeName}/${method}`, `/grpc.reflection.v1alpha.ServerReflection/${method}`];

type Response = NonNullable<MessageInitShape<typeof ServerReflectionResponseSchema>["messageResponse"]>;

/** Serves gRPC server reflection, v1 and v1alpha, for the services of `index`. Returns the methods it added. */
export function addReflection(server: Server, index: DescriptorIndex): readonly string[] {
  for (const path of paths) {
    server.register(
      path,
      (stream: ServerDuplexStream<ServerReflectionRequest, ServerReflectionResponse>) => {
        stream.on("data", (request: ServerReflectionRequest) => {
          stream.write(
            create(ServerReflectionResponseSchema, {
              validHost: request.host,
              originalRequest: request,
              messageResponse: answer(index, request),
            }),
          );
        });
        stream.on("end", () => stream.end());
      },
      encoder(ServerReflectionResponseSchema),
      decoder(ServerReflectionRequestSchema),
      "bidi",
    );
  }
  return paths;
}

function answer(index: DescriptorIndex, { messageRequest: request }: ServerReflectionRequest): Response {
  switch (request.case) {
    case "listServices":
      return { case: "listServicesResponse", value: { service: index.services.map((name) => ({ name })) } };
    case "fileByFilename":
      return files(index.file(request.value), `file ${request.value}`);
    case "fileContainingSymbol":
      return files(index.fileOfSymbol(request.value), `symbol ${request.value}`);
    case "fileContainingExtension": {
      const { containingType, extensionNumber } = request.value;
      return files(
        index.fileOfExtension(containingType, extensionNumber),
        `extension ${extensionNumber} of ${containingType}`,
      );
    }
    case "allExtensionNumbersOfType": {
      const numbers = index.extensionNumbers(request.value);
      if (numbers === undefined) return notFound(`message ${request.value}`);
      return {
        case: "allExtensionNumbersResponse",
        value: { baseTypeName: request.value, extensionNumber: [...numbers] },
      };
    }
    default:
      return failed(status.INVALID_ARGUMENT, "the request asks for nothing");
  }
}

function files(file: DescFile | undefined, what: string): Response {
  if (file === undefined) return notFound(what);
  return { case: "fileDescriptorResponse", value: { fileDescriptorProto: encodeWithImports(file) } };
}

function notFound(what: string): Response {
  return failed(status.NOT_FOUND, `${what} is unknown here`);
}

function failed(errorCode: number, errorMessage: string): Response {
  return { case: "errorResponse", value: { errorCode, errorMessage } };
}
