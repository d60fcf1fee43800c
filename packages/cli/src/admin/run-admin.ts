import { type CommandIo, ExitCode } from "../command.ts";
import { type AdminOptions, parseAdminOptions } from "./admin-options.ts";
import { ClusterView } from "./cluster-view.ts";

/** What a command has found. */
export interface Report {
  readonly text: string;
  /** The same for programs. */
  readonly json: unknown;
  /** Apps that did not answer, and what else makes it end with 1. @default none */
  readonly problems?: readonly string[];
}

/**
 * Runs a command against a cluster and prints its report, if it has one. Resolves with 1 when an app did not answer; rejects as
 * `ClusterView.join`, and with UsageError.
 */
export async function runAdmin(
  { argv, env, stdout, stderr }: CommandIo,
  run: (cluster: ClusterView, options: AdminOptions) => Promise<Report | undefined>,
): Promise<number> {
  const options = parseAdminOptions(argv, env);
  await using cluster = await ClusterView.join(options, env);
  const report = await run(cluster, options);
  if (report === undefined) return ExitCode.OK;
  const { text, json, problems = [] } = report;
  stdout.write(options.json ? `${JSON.stringify(json, undefined, 2)}\n` : text);
  for (const problem of problems) stderr.write(`m3: ${problem}\n`);
  return problems.length > 0 ? ExitCode.FAILED : ExitCode.OK;
}
