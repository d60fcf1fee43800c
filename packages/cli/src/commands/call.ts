import { readFile } from "node:fs/promises";
import type { JsonValue } from "@bufbuild/protobuf";
import { Metadata } from "@grpc/grpc-js";
import { Code, isM3Error } from "m3game";
import { describeService } from "../call/describe-service.ts";
import { RemoteServer, type RemoteServerOptions } from "../call/remote-server.ts";
import { type CommandIo, ExitCode, UsageError } from "../command.ts";
import { parseOptions } from "../parse-options.ts";

export const help = `m3 call HOST:PORT                          lists the services
m3 call HOST:PORT SERVICE                  describes the methods of a service
m3 call HOST:PORT SERVICE/METHOD [JSON]    calls a method; JSON defaults to {}

Calls any gRPC server that has reflection, such as apps with trans_http2, and
prints the answer as JSON.

  -H KEY:VALUE    sends metadata; may be repeated. The values of keys that end
                  in -bin are base64
  --timeout MS    gives up after this many milliseconds; default 5000
  --tls           uses TLS, trusting the authorities of the system
  --ca FILE       uses TLS, trusting the authorities in this PEM file

Example
  m3 call 127.0.0.1:20051 proto.SimpleSer/HelloWorld '{"req":"you"}'
`;

const options = {
  header: { type: "string", short: "H", multiple: true },
  timeout: { type: "string" },
  tls: { type: "boolean" },
  ca: { type: "string" },
} as const;

export async function execute({ argv, stdout, stderr }: CommandIo): Promise<number> {
  const { values, positionals } = parseOptions(argv, options);
  const [target, path, json = "{}", ...more] = positionals;
  if (target === undefined) throw new UsageError("which server? Name its HOST:PORT");
  if (!/:\d+$/.test(target)) throw new UsageError(`${target} is no HOST:PORT, for example 127.0.0.1:20051`);
  if (more.length > 0) throw new UsageError(`put the JSON in single quotes; ${more.join(" ")} is too much`);
  const request = parseRequest(json);
  using server = new RemoteServer(target, await serverOptions(values));
  try {
    if (path === undefined) for (const name of await server.services()) stdout.write(`${name}\n`);
    else if (!path.replace(/^\//, "").includes("/")) stdout.write(describeService(await server.service(path)));
    else stdout.write(`${JSON.stringify(await server.call(path, request), undefined, 2)}\n`);
    return ExitCode.OK;
  } catch (error) {
    if (!isM3Error(error)) throw error;
    stderr.write(`m3 call: ${error}\n`);
    const unreachable = error.code === Code.UNAVAILABLE && error.reason === "";
    if (unreachable) stderr.write(`Does a gRPC server (trans_http2) listen on ${target}?\n`);
    return ExitCode.FAILED;
  }
}

function parseRequest(json: string): JsonValue {
  try {
    return JSON.parse(json);
  } catch (error) {
    throw new UsageError(`the request is no JSON: ${error instanceof Error ? error.message : error}`);
  }
}

interface Values {
  readonly header?: readonly string[] | undefined;
  readonly timeout?: string | undefined;
  readonly tls?: boolean | undefined;
  readonly ca?: string | undefined;
}

async function serverOptions({ header = [], timeout, tls, ca }: Values): Promise<RemoteServerOptions> {
  const timeoutMs = timeout === undefined ? undefined : Number(timeout);
  if (timeoutMs !== undefined && !(timeoutMs > 0 && timeoutMs < 2 ** 31)) {
    throw new UsageError(`--timeout ${timeout} is no number of milliseconds`);
  }
  return {
    metadata: parseMetadata(header),
    ...(timeoutMs !== undefined && { timeoutMs }),
    ...((tls || ca !== undefined) && { tls: ca === undefined ? {} : { ca: await readAuthorities(ca) } }),
  };
}

function parseMetadata(headers: readonly string[]): Metadata {
  const metadata = new Metadata();
  for (const header of headers) {
    const [, key = "", value = ""] = /^([^:]+):(.*)$/s.exec(header) ?? [];
    if (key === "") throw new UsageError(`-H ${header} is no KEY:VALUE`);
    try {
      metadata.add(key, key.toLowerCase().endsWith("-bin") ? Buffer.from(value, "base64") : value.trim());
    } catch (error) {
      throw new UsageError(`-H ${header}: ${error instanceof Error ? error.message : error}`);
    }
  }
  return metadata;
}

async function readAuthorities(file: string): Promise<Buffer> {
  try {
    return await readFile(file);
  } catch (error) {
    throw new UsageError(`--ca ${file} can't be read: ${error instanceof Error ? error.message : error}`);
  }
}
