import { toJson } from "@bufbuild/protobuf";
import { type DescribeApp_Rsp, DescribeApp_RspSchema } from "m3game/gen/m3/admin_pb.js";
import { adminHelp } from "../admin/admin-options.ts";
import { runAdmin } from "../admin/run-admin.ts";
import { formatAge, formatTable } from "../admin/table.ts";
import type { CommandIo } from "../command.ts";

export const help = `m3 apps [-conf FILE] [--json]

Lists the apps of a running cluster: version, how long they run, calls they
serve, actors, players, their session with the lease store, where they listen.
Exit code 1: an app that is registered does not answer.
${adminHelp}
Example
  m3 apps -conf examples/config/simpleapp.toml
`;

const titles = ["APP", "VERSION", "UP", "CALLS", "ACTORS", "PLAYERS", "LEASE", "MEMORY", "ENDPOINTS"];

export function execute(io: CommandIo): Promise<number> {
  return runAdmin(io, async (cluster) => {
    const answers = await cluster.askAll(await cluster.instances(), (admin, options) => admin.describeApp({}, options));
    const rows = answers.map((each) => ("answer" in each ? row(each.app, each.answer) : [each.app, "no answer"]));
    return {
      text: formatTable([titles, ...rows]),
      json: answers.map((each) =>
        "answer" in each ? { app: each.app, ...Object(toJson(DescribeApp_RspSchema, each.answer)) } : each,
      ),
      problems: answers.flatMap((each) => ("problem" in each ? `${each.app} does not answer: ${each.problem}` : [])),
    };
  });
}

function row(
  app: string,
  { version, startedAt, calls, actors, sessions, lease, memoryBytes, endpoints }: DescribeApp_Rsp,
) {
  const count = actors.reduce((sum, each) => sum + each.count, 0);
  return [
    ...[app, version || "-", formatAge(Date.now() - Number(startedAt)), calls, actors.length > 0 ? count : "-"],
    sessions ? sessions.connected + sessions.detached : "-",
    lease ? `${lease.state}, ${lease.claims}` : "-",
    `${Math.round(Number(memoryBytes) / 2 ** 20)} MiB`,
    endpoints.map(({ scheme, address }) => `${scheme} ${address}`).join(", "),
  ];
}
