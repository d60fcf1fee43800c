import { toJson } from "@bufbuild/protobuf";
import { ListSessions_SessionSchema } from "m3game/gen/m3/admin_pb.js";
import { adminHelp } from "../admin/admin-options.ts";
import { runAdmin } from "../admin/run-admin.ts";
import { formatAge, formatTable } from "../admin/table.ts";
import type { CommandIo } from "../command.ts";

export const help = `m3 sessions [PLAYER] [-conf FILE] [--json]

Lists the players who have a session at the gates of a running cluster, or says
where one of them is.

  --limit N      how many of each gate; default 100
${adminHelp}`;

const titles = ["PLAYER", "GATE", "STATE", "FROM", "AWAY", "KEPT BYTES", "GROUPS"];

export function execute(io: CommandIo): Promise<number> {
  return runAdmin(io, async (cluster, { limit, positionals: [playerId = ""] }) => {
    const answers = await cluster.askAll(await cluster.instances(), (admin, options) =>
      admin.listSessions({ playerId, limit }, options),
    );
    const found = answers.flatMap((each) =>
      "answer" in each ? each.answer.sessions.map((session) => ({ gate: each.app, session })) : [],
    );
    const rows = found.map(({ gate, session }) => {
      const { state, remote, detachedMs, keptBytes, groups } = session;
      const away = state === "detached" ? formatAge(Number(detachedMs)) : "-";
      return [session.playerId, gate, state, remote || "-", away, keptBytes, groups.join(" ")];
    });
    return {
      text: formatTable([titles, ...rows]),
      json: found.map(({ gate, session }) => ({ gate, ...Object(toJson(ListSessions_SessionSchema, session)) })),
      problems: answers.flatMap((each) => ("problem" in each ? `${each.app} does not answer: ${each.problem}` : [])),
    };
  });
}
