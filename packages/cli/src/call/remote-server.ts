import {
  createFileRegistry,
  type DescMethod,
  type DescService,
  type FileRegistry,
  fromBinary,
  fromJson,
  type JsonValue,
  toBinary,
  toJson,
} from "@bufbuild/protobuf";
import { ChannelCredentials, Client, type ClientOptions, Metadata } from "@grpc/grpc-js";
import { reasonError } from "m3game/internal";
import { callError } from "./call-error.ts";
import { Reflection } from "./reflection.ts";

/** How the server is reached, and what goes with each call. */
export interface RemoteServerOptions {
  /** The longest a call may take, in milliseconds. @default 5000 */
  readonly timeoutMs?: number;
  /** TLS, with these authorities (PEM) instead of the system's. @default plain text */
  readonly tls?: { readonly ca?: Buffer };
  /** Sent with each call of a method. */
  readonly metadata?: Metadata;
}

const clientOptions: ClientOptions = {
  "grpc.enable_http_proxy": 0,
  "grpc.service_config_disable_resolution": 1,
  "grpc.max_receive_message_length": -1,
};

/** Any gRPC server with reflection: what it hosts, and calls with JSON. Disposing closes the connection. */
export class RemoteServer implements Disposable {
  readonly #client: Client;
  readonly #reflection: Reflection;
  readonly #timeoutMs: number;
  readonly #metadata: Metadata;

  /** `target` is `host:port`; it is connected to with the first call. */
  constructor(target: string, options: RemoteServerOptions = {}) {
    const { timeoutMs = 5000, tls, metadata = new Metadata() } = options;
    const credentials = tls === undefined ? ChannelCredentials.createInsecure() : ChannelCredentials.createSsl(tls.ca);
    this.#client = new Client(target, credentials, clientOptions);
    this.#timeoutMs = timeoutMs;
    this.#metadata = metadata;
    this.#reflection = new Reflection(this.#client, () => this.#deadline());
  }

  /** The full names of its services, sorted. Rejects with the error of the call, UNIMPLEMENTED without reflection. */
  async services(): Promise<readonly string[]> {
    return (await this.#reflection.services()).toSorted();
  }

  /** The service of this name. Rejects with UNKNOWN_METHOD when the server does not have it. */
  async service(name: string): Promise<DescService> {
    const found = (await this.#registry(name)).getService(name);
    if (found !== undefined) return found;
    throw reasonError("UNKNOWN_METHOD", `the server has no service ${name}; it has ${await this.#listed()}`);
  }

  /**
   * Calls `service/Method` and resolves with the answer. Rejects with UNKNOWN_METHOD for one that the server does not
   * have or that streams, with BAD_REQUEST for JSON that is no request, and with the error that the call ends with.
   */
  async call(path: string, request: JsonValue): Promise<JsonValue> {
    const [serviceName = "", methodName = ""] = path.replace(/^\//, "").split("/");
    const service = await this.service(serviceName);
    const method = service.methods.find(({ name }) => name === methodName);
    if (method === undefined) {
      const names = service.methods.map(({ name }) => name).join(", ");
      throw reasonError("UNKNOWN_METHOD", `${serviceName} has no method ${methodName}; it has ${names}`);
    }
    if (method.methodKind !== "unary") {
      throw reasonError("UNKNOWN_METHOD", `${path} streams; only methods of one request and one answer can be called`);
    }
    const registry = await this.#registry(serviceName);
    const answer = await this.#send(method, encodeRequest(method, request, registry));
    return toJson(method.output, fromBinary(method.output, answer), { registry, alwaysEmitImplicit: true });
  }

  [Symbol.dispose](): void {
    this.#client.close();
  }

  async #registry(serviceName: string): Promise<FileRegistry> {
    const files = await this.#reflection.filesOf(serviceName);
    if (files === undefined) {
      throw reasonError("UNKNOWN_METHOD", `the server has no service ${serviceName}; it has ${await this.#listed()}`);
    }
    const [first, ...imports] = files;
    return createFileRegistry(first, (name) => imports.find((file) => file.name === name));
  }

  async #listed(): Promise<string> {
    return (await this.services()).join(", ");
  }

  #deadline(): number {
    return Date.now() + this.#timeoutMs;
  }

  #send({ parent, name }: DescMethod, request: Uint8Array): Promise<Uint8Array> {
    return new Promise((resolve, reject) => {
      this.#client.makeUnaryRequest(
        `/${parent.typeName}/${name}`,
        (bytes: Uint8Array) => Buffer.from(bytes),
        (bytes) => new Uint8Array(bytes),
        request,
        this.#metadata,
        { deadline: this.#deadline() },
        (error, answer) => (answer === undefined ? reject(callError(error)) : resolve(answer)),
      );
    });
  }
}

function encodeRequest({ input }: DescMethod, request: JsonValue, registry: FileRegistry): Uint8Array {
  try {
    return toBinary(input, fromJson(input, request, { registry }));
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error);
    throw reasonError("BAD_REQUEST", `the request is no ${input.typeName}: ${problem}`, { cause: error });
  }
}
