import { create, fromBinary, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import { type FileDescriptorProto, FileDescriptorProtoSchema } from "@bufbuild/protobuf/wkt";
import { type Client, Metadata, type ServiceError, status } from "@grpc/grpc-js";
import {
  ServerReflectionRequestSchema,
  type ServerReflectionResponse,
  ServerReflectionResponseSchema,
} from "@m3game/trans-http2/gen/grpc/reflection/v1/reflection_pb.js";
import { Code, isM3Error, M3Error } from "m3game";
import { callError } from "./call-error.ts";
import { fillJsonNames } from "./json-names.ts";

// The newer first; the messages are the same.
const paths = ["v1", "v1alpha"].map((version) => `/grpc.reflection.${version}.ServerReflection/ServerReflectionInfo`);

type Question = NonNullable<MessageInitShape<typeof ServerReflectionRequestSchema>["messageRequest"]>;
type Answer = ServerReflectionResponse["messageResponse"];

/** Asks a gRPC server what it hosts. */
export class Reflection {
  readonly #client: Client;
  readonly #deadline: () => number;
  readonly #services = new Map<string, readonly [FileDescriptorProto, ...FileDescriptorProto[]]>();

  constructor(client: Client, deadline: () => number) {
    this.#client = client;
    this.#deadline = deadline;
  }

  async services(): Promise<readonly string[]> {
    const answer = await this.#ask({ case: "listServices", value: "" });
    return answer.case === "listServicesResponse" ? answer.value.service.map(({ name }) => name) : [];
  }

  /** The file that defines a service and all files it imports, itself first; undefined when there is no such service. */
  async filesOf(service: string): Promise<readonly [FileDescriptorProto, ...FileDescriptorProto[]] | undefined> {
    const known = this.#services.get(service);
    if (known !== undefined) return known;
    const own = await this.#files({ case: "fileContainingSymbol", value: service });
    const [first] = own;
    if (first === undefined) return undefined;
    // A server may send imports along, or wait to be asked for them.
    const found = new Map(own.map((file) => [file.name, file]));
    for (const file of found.values()) {
      for (const name of file.dependency) {
        if (found.has(name)) continue;
        for (const more of await this.#files({ case: "fileByFilename", value: name })) found.set(more.name, more);
      }
    }
    const files = [first, ...[...found.values()].filter(({ name }) => name !== first.name)] as const;
    this.#services.set(service, files);
    return files;
  }

  async #files(question: Question): Promise<readonly FileDescriptorProto[]> {
    const answer = await this.#ask(question);
    if (answer.case !== "fileDescriptorResponse") return [];
    return answer.value.fileDescriptorProto.map((bytes) => fillJsonNames(fromBinary(FileDescriptorProtoSchema, bytes)));
  }

  async #ask(question: Question): Promise<Answer> {
    for (const path of paths) {
      try {
        return await this.#askAt(path, question);
      } catch (error) {
        if (!isM3Error(error) || error.code !== Code.UNIMPLEMENTED) throw error;
      }
    }
    throw new M3Error(Code.UNIMPLEMENTED, "the server has no gRPC reflection, which tells what it hosts");
  }

  #askAt(path: string, question: Question): Promise<Answer> {
    const stream = this.#client.makeBidiStreamRequest(
      path,
      (request: Uint8Array) => Buffer.from(request),
      (bytes) => fromBinary(ServerReflectionResponseSchema, new Uint8Array(bytes)),
      new Metadata(),
      { deadline: this.#deadline() },
    );
    return new Promise((resolve, reject) => {
      stream.on("data", (response: ServerReflectionResponse) => {
        const { messageResponse: answer } = response;
        if (answer.case !== "errorResponse" || answer.value.errorCode === status.NOT_FOUND) resolve(answer);
        else reject(new M3Error(Code.UNKNOWN, `reflection: ${answer.value.errorMessage}`));
      });
      stream.on("error", (error: ServiceError) => reject(callError(error)));
      stream.on("end", () => reject(new M3Error(Code.UNKNOWN, "the server ended the reflection without an answer")));
      stream.write(
        toBinary(
          ServerReflectionRequestSchema,
          create(ServerReflectionRequestSchema, { host: "", messageRequest: question }),
        ),
      );
      stream.end();
    });
  }
}
