import type { Instance } from "m3game";
import { canaryKey, MetaKey, newestRule, Rendezvous, takesKey, takesMetadata } from "m3game/internal";
import { adminHelp } from "../admin/admin-options.ts";
import { findActors } from "../admin/find-actors.ts";
import { runAdmin } from "../admin/run-admin.ts";
import { type CommandIo, UsageError } from "../command.ts";

export const help = `m3 route SERVICE KEY [-conf FILE] [--json]

Says where calls with this key go: the instance that owns it on the ring, and
where the actor with this id is, if there is one. SERVICE is a function, such as
role, or a service id, such as example.world1.role.

  --header VALUE where calls go that have this value under canary
${adminHelp}
Example
  m3 route actor 17 -conf examples/config/actorapp.toml
`;

export function execute(io: CommandIo): Promise<number> {
  return runAdmin(io, async (cluster, { header, positionals: [name, key] }) => {
    if (name === undefined || key === undefined) throw new UsageError("name the service and the key");
    const services = await cluster.servicesNamed(name);
    if (services.length === 0) throw new UsageError(`no app of ${name} is registered: see m3 apps`);
    const routes = await Promise.all(
      services.map(async (service) => {
        const instances = await cluster.instances(service);
        const actors = (await findActors(cluster, key, service)).filter(({ owner, active }) => owner || active);
        return {
          service,
          instances: instances.length,
          ring: ownerOf(key, instances, header),
          actors: actors.map(({ kind, owner, active }) => ({ kind, owner, active: active?.app ?? "" })),
        };
      }),
    );
    const text = routes.map(({ service, instances, ring, actors }) => {
      const lines = [`${service}, ${instances} instances`, `  ring   ${ring || "nobody"}`];
      for (const { kind, owner, active } of actors) {
        lines.push(`  actor  ${kind}/${key}: owner ${owner || "none"}, active ${active ? `at ${active}` : "nowhere"}`);
      }
      return `${lines.join("\n")}\n`;
    });
    return { text: text.join(""), json: routes };
  });
}

/** As every app of the cluster finds it. */
function ownerOf(key: string, instances: readonly Instance[], header: string | undefined): string {
  const rule = newestRule(instances);
  const metadata = new Map(header === undefined ? [] : [[canaryKey, header]]);
  const isChosen = ({ meta }: Instance) => meta[MetaKey.gameVersion] === rule?.version;
  const isTaken = rule !== undefined && (takesMetadata(rule, metadata) || takesKey(rule, key));
  const side = rule === undefined ? [] : instances.filter((each) => isChosen(each) === isTaken);
  const apps = (side.length > 0 ? side : instances).map(({ app }) => app);
  return apps[new Rendezvous(apps).owner(key)] ?? "";
}
