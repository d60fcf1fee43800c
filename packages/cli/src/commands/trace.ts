import { randomUUID } from "node:crypto";
import { adminHelp, operatorName } from "../admin/admin-options.ts";
import type { ClusterView } from "../admin/cluster-view.ts";
import { looks } from "../admin/looks.ts";
import { runAdmin } from "../admin/run-admin.ts";
import { type CommandIo, UsageError } from "../command.ts";

export const help = `m3 trace player ID [-conf FILE] [--json]

Follows the calls of one player through all apps, live, until Ctrl-C: those that
a gate makes for the player, those to an actor with this id, and what that actor
calls while it waits. One line for each call when it has ended: when, the app
that served it, method, code, how long it took, who called. Each app keeps 200
a second at most, and ends it 10 s after the command has gone.

  --interval S   seconds between two looks; default 0.5
${adminHelp}
With --json each line is an object.
`;

export function execute(io: CommandIo): Promise<number> {
  return runAdmin(io, async (cluster, { intervalMs = 500, json, positionals: [what, id] }) => {
    if (what !== "player") throw new UsageError("what to follow? Say player");
    if (id === undefined || id === "") throw new UsageError("which player? Name the id");
    const follower = new Follower(cluster, id);
    let isFirst = true;
    for await (const _ of looks(io, intervalMs)) {
      const { lines, problems, apps } = await follower.look();
      for (const line of lines) io.stdout.write(`${json ? JSON.stringify(line) : show(line)}\n`);
      for (const problem of problems) io.stderr.write(`m3: ${problem}\n`);
      if (isFirst) io.stderr.write(`m3: follows ${id} at ${apps} apps until Ctrl-C\n`);
      isFirst = false;
    }
    return undefined;
  });
}

interface Line {
  readonly time: string;
  readonly app: string;
  readonly method: string;
  readonly code: string;
  readonly reason: string;
  readonly ms: number;
  readonly caller: string;
}

/** What it knows of an app's trace. */
interface Position {
  cursor: bigint;
  lost: bigint;
  isSilent: boolean;
}

/** Asks all apps again and again, those that come meanwhile too. */
class Follower {
  readonly #cluster: ClusterView;
  readonly #id: string;
  readonly #trace = randomUUID();
  readonly #positions = new Map<string, Position>();

  constructor(cluster: ClusterView, id: string) {
    this.#cluster = cluster;
    this.#id = id;
  }

  /** The calls since the last look, in the order in which they ended, and what went wrong that was not told before. */
  async look() {
    const answers = await this.#cluster.askAll(await this.#cluster.instances(), (admin, options, app) => {
      const request = { id: this.#id, trace: this.#trace, cursor: this.#position(app).cursor };
      return admin.traceCalls({ ...request, operator: operatorName() }, options);
    });
    const lines: Line[] = [];
    const problems: string[] = [];
    for (const each of answers) {
      const { app } = each;
      const position = this.#position(app);
      if ("problem" in each) {
        if (!position.isSilent) problems.push(`${app} does not answer: ${each.problem}`);
        position.isSilent = true;
        continue;
      }
      const { calls, cursor, lost } = each.answer;
      if (lost > position.lost) problems.push(`${app} did not keep ${lost - position.lost} more calls`);
      Object.assign(position, { cursor, lost, isSilent: false });
      for (const { endedAt, method, code, reason, ms, caller } of calls) {
        lines.push({ time: new Date(Number(endedAt)).toISOString(), app, method, code, reason, ms, caller });
      }
    }
    return { lines: lines.sort((a, b) => (a.time < b.time ? -1 : 1)), problems, apps: answers.length };
  }

  #position(app: string): Position {
    const known = this.#positions.get(app) ?? { cursor: 0n, lost: 0n, isSilent: false };
    this.#positions.set(app, known);
    return known;
  }
}

function show({ time, app, method, code, reason, ms, caller }: Line): string {
  const outcome = reason === "" ? code : `${code} ${reason}`;
  return `${time.slice(11, 23)}  ${app}  ${method.slice(1)}  ${outcome}  ${ms.toFixed(1)} ms  from ${caller || "a client"}`;
}
