import type { GetActor_Actor } from "m3game/gen/m3/admin_pb.js";
import { UsageError } from "../command.ts";
import type { ClusterView } from "./cluster-view.ts";

/** An actor as the cluster has it. */
export interface FoundActor {
  readonly kind: string;
  readonly id: string;
  /** The app that owns it, as the lease store says; empty: none. */
  readonly owner: string;
  /** Where it is in memory, and what it is there; undefined: nowhere. */
  readonly active: { readonly app: string; readonly actor: GetActor_Actor } | undefined;
}

/**
 * The actors with this name: `actor/Player/17`, kind and id, or `17` alone, which may be several kinds'. Of the kinds that no app
 * hosts there are none.
 */
export async function findActors(cluster: ClusterView, name: string, service?: string): Promise<readonly FoundActor[]> {
  const instances = await cluster.instances(service);
  const [group, kindName, ...rest] = name.split("/");
  const wanted = rest.length > 0 ? { kind: `${group}/${kindName}`, id: rest.join("/") } : { kind: undefined, id: name };
  const described = await cluster.askAll(instances, (admin, options) => admin.describeApp({}, options));
  const hosted = described.flatMap((each) =>
    "answer" in each ? each.answer.actors.map(({ kind }) => ({ kind, app: each.app })) : [],
  );
  const kinds = [...Map.groupBy(hosted, ({ kind }) => kind)].filter(([kind]) => kind === (wanted.kind ?? kind));
  return Promise.all(
    kinds.map(async ([kind, hosts]) => {
      const own = instances.filter(({ app }) => hosts.some((host) => host.app === app));
      const answers = await cluster.askAll(own, (admin, options) => admin.getActor({ kind, id: wanted.id }, options));
      let owner = "";
      let active: FoundActor["active"];
      for (const each of answers) {
        if (!("answer" in each)) continue;
        owner ||= each.answer.owner;
        if (each.answer.actor !== undefined) active ??= { app: each.app, actor: each.answer.actor };
      }
      return { kind, id: wanted.id, owner, active };
    }),
  );
}

/** The one active actor with this name, and where it is. Throws UsageError when there is none, or several. */
export async function findActive(cluster: ClusterView, name: string) {
  const found = (await findActors(cluster, name)).flatMap(({ kind, id, active }) =>
    active === undefined ? [] : { kind, id, app: active.app },
  );
  const [actor, ...more] = found;
  if (actor === undefined) throw new UsageError(`no actor ${name} is active`);
  if (more.length === 0) return actor;
  throw new UsageError(`which one: ${found.map(({ kind, id }) => `${kind}/${id}`).join(" or ")}?`);
}
