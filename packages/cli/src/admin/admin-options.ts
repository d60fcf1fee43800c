import { hostname, userInfo } from "node:os";
import { UsageError } from "../command.ts";
import { parseOptions } from "../parse-options.ts";

/** What the help of each command that looks at a cluster ends with. */
export const adminHelp = `
  -conf FILE     the config of any app of the cluster: its router and transports
                 are used. Default: the environment variable M3_CONF
  --world WORLD  only this world, such as example.world1; default: all
  --json         prints JSON
`;

const common = {
  conf: { type: "string" },
  world: { type: "string" },
  json: { type: "boolean", default: false },
  limit: { type: "string", default: "100" },
  timeout: { type: "string", default: "3000" },
  interval: { type: "string" },
  header: { type: "string" },
} as const;

export interface AdminOptions {
  readonly configFile: string;
  /** Empty: all worlds. */
  readonly world: string;
  readonly json: boolean;
  /** How many of a list each app tells at most. */
  readonly limit: number;
  /** How long each app may take to answer. */
  readonly timeoutMs: number;
  readonly positionals: readonly string[];
  /** Between two looks of a command that goes on; undefined: it was not given. */
  readonly intervalMs: number | undefined;
  /** The value of the metadata key `canary`; undefined: it was not given. */
  readonly header: string | undefined;
}

/** Throws UsageError. */
export function parseAdminOptions(
  argv: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): AdminOptions {
  // One dash as in `m3 run`.
  const dashed = argv.map((argument) => argument.replace(/^-(?=(conf|world)(=|$))/, "--"));
  const { values, positionals } = parseOptions(dashed, common);
  const configFile = values.conf ?? env.M3_CONF;
  if (configFile === undefined) throw new UsageError("which cluster? Name the config of one of its apps with -conf");
  const [limit, timeoutMs] = [Number(values.limit), Number(values.timeout)];
  if (!Number.isInteger(limit) || limit < 1)
    throw new UsageError(`--limit ${values.limit} is no whole number from 1 on`);
  if (!(timeoutMs > 0)) throw new UsageError(`--timeout ${values.timeout} is no number of milliseconds`);
  const intervalMs = values.interval === undefined ? undefined : Number(values.interval) * 1000;
  if (intervalMs !== undefined && !(intervalMs > 0))
    throw new UsageError(`--interval ${values.interval} is no number of seconds`);
  const { world = "", json, header } = values;
  return { configFile, world, json, limit, timeoutMs, intervalMs, header, positionals };
}

/** Who runs the command, for the log of what it changes. */
export function operatorName(): string {
  return `${userInfo().username}@${hostname()}`;
}
