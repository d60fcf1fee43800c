import { adminHelp } from "../admin/admin-options.ts";
import { runAdmin } from "../admin/run-admin.ts";
import { formatTable } from "../admin/table.ts";
import type { CommandIo } from "../command.ts";

export const help = `m3 leases [PREFIX] [-conf FILE] [--json]

Lists what the apps of a running cluster own: actors, the game's own leases,
leaderships. With a PREFIX, such as lease/player/, only what begins so.

  --limit N      how many of each app; default 100
${adminHelp}`;

export function execute(io: CommandIo): Promise<number> {
  return runAdmin(io, async (cluster, { limit, positionals: [prefix = ""] }) => {
    const answers = await cluster.askAll(await cluster.instances(), (admin, options) =>
      admin.listLeases({ prefix, limit }, options),
    );
    const leases = answers.flatMap((each) =>
      "answer" in each
        ? each.answer.leases.map(({ id, fence }) => ({ id, fence, app: each.app, session: each.answer.session?.state }))
        : [],
    );
    return {
      text: formatTable([
        ["LEASE", "FENCE", "APP", "SESSION"],
        ...leases.map(({ id, fence, app, session }) => [id, fence, app, session ?? ""]),
      ]),
      json: leases,
      problems: answers.flatMap((each) => ("problem" in each ? `${each.app} does not answer: ${each.problem}` : [])),
    };
  });
}
