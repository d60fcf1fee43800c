import { isM3Error } from "m3game";
import { RemoteServer } from "../call/remote-server.ts";
import { type CommandIo, ExitCode, UsageError } from "../command.ts";
import { parseOptions } from "../parse-options.ts";

export const help = `m3 health HOST:PORT [SERVICE]

Asks a gRPC server, such as an app with trans_http2, for its health, and ends
with 0 when it takes new work; with 1 when it starts, drains, or does not answer.
For health checks of containers, and for scripts that wait for an app.

  --timeout MS  gives up after this many milliseconds; default 2000
`;

export async function execute({ argv, stdout, stderr }: CommandIo): Promise<number> {
  const { values, positionals } = parseOptions(argv, { timeout: { type: "string", default: "2000" } });
  const [target, service = "", ...more] = positionals;
  if (target === undefined) throw new UsageError("which server? Name its HOST:PORT");
  if (!/:\d+$/.test(target)) throw new UsageError(`${target} is no HOST:PORT, for example 127.0.0.1:20051`);
  if (more.length > 0) throw new UsageError(`one server and one service, please; ${more.join(" ")} is too much`);
  const timeoutMs = Number(values.timeout);
  if (!(timeoutMs > 0 && timeoutMs < 2 ** 31)) {
    throw new UsageError(`--timeout ${values.timeout} is no number of milliseconds`);
  }
  using server = new RemoteServer(target, { timeoutMs });
  try {
    const status = statusOf(await server.call("grpc.health.v1.Health/Check", { service }));
    stdout.write(`${status}\n`);
    return status === "SERVING" ? ExitCode.OK : ExitCode.FAILED;
  } catch (error) {
    if (!isM3Error(error)) throw error;
    stderr.write(`m3 health: ${error}\n`);
    return ExitCode.FAILED;
  }
}

function statusOf(answer: unknown): string {
  const hasStatus = typeof answer === "object" && answer !== null && "status" in answer;
  return hasStatus && typeof answer.status === "string" ? answer.status : "UNKNOWN";
}
