import { toJson } from "@bufbuild/protobuf";
import { GetActor_ActorSchema } from "m3game/gen/m3/admin_pb.js";
import { type AdminOptions, adminHelp, operatorName } from "../admin/admin-options.ts";
import type { ClusterView } from "../admin/cluster-view.ts";
import { type FoundActor, findActive, findActors } from "../admin/find-actors.ts";
import { type Report, runAdmin } from "../admin/run-admin.ts";
import { formatAge, formatTable } from "../admin/table.ts";
import { type CommandIo, UsageError } from "../command.ts";

export const help = `m3 actor list [KIND]         lists the actors that are in memory
m3 actor get ACTOR           where an actor is, what it does and holds
m3 actor kick ACTOR          saves it and has it leave; the next call activates
                             it anew
m3 actor move ACTOR APP      saves it and gives it to another instance

ACTOR is kind and id, such as actor/Player/17, or the id alone. What changes
something leaves a line in the log of the app, with who wanted it.

  --limit N      how many of each app are listed; default 100
${adminHelp}
Example
  m3 actor move actor/Player/17 example.world1.actor.2 -conf actorapp.toml
`;

type Action = (cluster: ClusterView, options: AdminOptions, args: readonly string[]) => Promise<Report>;

const actions: Readonly<Record<string, Action>> = { list, get, kick, move };

export function execute(io: CommandIo): Promise<number> {
  return runAdmin(io, (cluster, options) => {
    const [name = "", ...args] = options.positionals;
    const action = Object.hasOwn(actions, name) ? actions[name] : undefined;
    if (action === undefined) throw new UsageError(`what to do? Say ${Object.keys(actions).join(", ")}`);
    return action(cluster, options, args);
  });
}

async function list(cluster: ClusterView, { limit }: AdminOptions, [kind = ""]: readonly string[]): Promise<Report> {
  const answers = await cluster.askAll(await cluster.instances(), (admin, options) =>
    admin.listActors({ kind, limit }, options),
  );
  const actors = answers.flatMap((each) =>
    "answer" in each
      ? each.answer.actors.map(({ kind, id, state, waitingCalls }) => ({
          kind,
          id,
          app: each.app,
          state,
          waitingCalls,
        }))
      : [],
  );
  return {
    text: formatTable([
      ["ACTOR", "APP", "STATE", "WAITING"],
      ...actors.map(({ kind, id, app, state, waitingCalls }) => [`${kind}/${id}`, app, state, waitingCalls]),
    ]),
    json: actors,
    problems: answers.flatMap((each) => ("problem" in each ? `${each.app} does not answer: ${each.problem}` : [])),
  };
}

async function get(cluster: ClusterView, _options: AdminOptions, args: readonly string[]): Promise<Report> {
  const found = await findActors(cluster, actorOf(args));
  if (found.length === 0) throw new UsageError(`no app hosts actors of such a kind: see m3 apps`);
  return {
    text: found.map(describe).join("\n"),
    json: found.map(({ active, ...rest }) => ({
      ...rest,
      ...(active && { app: active.app, ...Object(toJson(GetActor_ActorSchema, active.actor)) }),
    })),
  };
}

async function kick(cluster: ClusterView, { timeoutMs }: AdminOptions, args: readonly string[]): Promise<Report> {
  const { app, ...actor } = await findActive(cluster, actorOf(args));
  await cluster.admin(app).kickActor({ ...actor, operator: operatorName() }, { timeoutMs });
  return { text: `${actor.kind}/${actor.id} was saved and has left ${app}\n`, json: { ...actor, app } };
}

async function move(cluster: ClusterView, { timeoutMs }: AdminOptions, args: readonly string[]): Promise<Report> {
  const { app, ...actor } = await findActive(cluster, actorOf(args));
  const [, targetApp] = args;
  if (targetApp === undefined) throw new UsageError("move it where? Name an app, such as example.world1.actor.2");
  await cluster.admin(app).moveActor({ ...actor, targetApp, operator: operatorName() }, { timeoutMs });
  return {
    text: `${actor.kind}/${actor.id} moved from ${app} to ${targetApp}\n`,
    json: { ...actor, from: app, app: targetApp },
  };
}

function actorOf([name]: readonly string[]): string {
  if (name === undefined) throw new UsageError("which actor? Name it, such as actor/Player/17");
  return name;
}

function describe({ kind, id, owner, active }: FoundActor): string {
  const lines = [`${kind}/${id}`, `  owner   ${owner || "none"}`];
  if (active === undefined) return `${[...lines, "  active  nowhere"].join("\n")}\n`;
  const { state, waitingCalls, turn, turnMs, fence, entities } = active.actor;
  lines.push(`  active  at ${active.app}: ${state}, fence ${fence || "none"}`);
  lines.push(`  calls   ${waitingCalls} wait${turn && `; ${turn} runs, for ${formatAge(Number(turnMs))}`}`);
  for (const { table, version, unsaved, json } of entities) {
    lines.push(
      `  entity  ${table}, version ${version}${unsaved ? ", with changes that are not saved yet" : ""}: ${json}`,
    );
  }
  return `${lines.join("\n")}\n`;
}
