import type { Instance } from "m3game";
import { z } from "zod";

/** Meta key of the random id that tells the incarnations of one app apart. Not part of `Instance.meta`. */
const incarnationKey = "m3inc";

/** One entry of the registry. */
export interface ConsulEntry {
  readonly instance: Instance;
  readonly incarnation: string;
  /** Grows with each change of the entry, across all of Consul. */
  readonly modifyIndex: number;
}

const meta = z.record(z.string(), z.string()).nullish();

/** What `/v1/health/service/<name>` answers. */
export const healthAnswer = z.array(
  z.object({
    Node: z.object({ Address: z.string() }),
    Service: z.object({
      ID: z.string(),
      Service: z.string(),
      Address: z.string(),
      Port: z.number(),
      Meta: meta,
      ModifyIndex: z.number(),
    }),
  }),
);

/** What `/v1/agent/services` answers. */
export const agentAnswer = z.record(z.string(), z.object({ Meta: meta }));

/** The incarnation in the meta of an entry; empty when another program made it. */
export function incarnationOf(entryMeta: z.output<typeof meta>): string {
  return entryMeta?.[incarnationKey] ?? "";
}

/** An instance's meta as Consul takes it: it allows no dot in a key, so `m3ep.tcp` is `m3ep-tcp` there. */
export function toConsulMeta(instance: Instance, incarnation: string): Record<string, string> {
  const entries = Object.entries(instance.meta).map(([key, value]) => [key.replace(/^m3ep\./, "m3ep-"), value]);
  return { ...Object.fromEntries(entries), [incarnationKey]: incarnation };
}

export function toEntry({ Node, Service }: z.output<typeof healthAnswer>[number]): ConsulEntry {
  const { [incarnationKey]: _, ...rest } = Service.Meta ?? {};
  const entries = Object.entries(rest).map(([key, value]) => [key.replace(/^m3ep-/, "m3ep."), value]);
  return {
    instance: {
      app: Service.ID,
      service: Service.Service,
      host: Service.Address === "" ? Node.Address : Service.Address,
      port: Service.Port,
      meta: Object.fromEntries(entries),
    },
    incarnation: incarnationOf(Service.Meta),
    modifyIndex: Service.ModifyIndex,
  };
}

/** One instance per app: agents of two machines may both hold an entry, of which the one entered last counts. */
export function newestOf(entries: readonly ConsulEntry[]): readonly Instance[] {
  const newest = new Map<string, ConsulEntry>();
  for (const entry of entries) {
    const known = newest.get(entry.instance.app);
    if (known === undefined || known.modifyIndex < entry.modifyIndex) newest.set(entry.instance.app, entry);
  }
  return [...newest.values()].map(({ instance }) => instance);
}
