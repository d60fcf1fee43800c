import type { Instance } from "m3game";
import { type CanaryRule, isHeader, MetaKey, newestRule } from "m3game/internal";
import { adminHelp, operatorName } from "../admin/admin-options.ts";
import { type Calls, CanaryWatch, goneLooks, meanMs, rate } from "../admin/canary-watch.ts";
import type { ClusterView } from "../admin/cluster-view.ts";
import { looks } from "../admin/looks.ts";
import { type Report, runAdmin } from "../admin/run-admin.ts";
import { formatTable } from "../admin/table.ts";
import { type CommandIo, UsageError } from "../command.ts";

export const help = `m3 canary status [SERVICE]                   versions, and who gets which
m3 canary set SERVICE VERSION SHARE [ID]...  sends a share of the keys, such as
                                             5%, and these ids to a version
m3 canary promote SERVICE                    sends everything to that version
m3 canary abort SERVICE [VERSION]            sends nothing there any more; its
                                             actors may go back to older ones
m3 canary end SERVICE                        forgets the rule: versions are not
                                             told apart any more
m3 canary watch SERVICE [MARGIN]             aborts by itself when clearly more
                                             of its calls fail than of others,
                                             or they take clearly longer

SERVICE is a function, such as role, or a service id. An instance has the
version of its defineApp({ version }). A key (a player's or actor's id) stays on
its side while the share only grows; calls without a key are spread by the
share. With --header the calls whose metadata has this value under canary go to
that version too, and so do all calls that are made for them. Actors move to the
version that they belong to after RebalanceTime, never to an older one than they
have run on, unless the rule about that one sends them elsewhere, or it was
aborted. All apps know a rule at once, and new instances take it over, so that
it counts until it is ended; versions that it does not name get what it does not
take.

watch compares each 5 s what was served in the last minute, until Ctrl-C.
MARGIN, 2% if you name none, is by how much more may fail. Calls take clearly
longer when they take more than twice as long, and more than 100 ms longer, on
average. A version none of whose instances answers six times in a row is bad
too. Exit code 1: it has aborted.

  --header VALUE with set: what testers send under canary
  --interval S   seconds between two looks of watch; default 5
${adminHelp}
Example
  m3 canary set role 2.0.0 5% 17 18 --header june -conf roleapp.toml
`;

interface Known {
  readonly service: string;
  readonly instances: readonly Instance[];
  readonly rule: CanaryRule | undefined;
}

export function execute(io: CommandIo): Promise<number> {
  return runAdmin(io, async (cluster, { intervalMs = 5000, header, json, positionals: [action, name, ...args] }) => {
    if (action === "status") return report(await known(cluster, name));
    if (action === undefined || !isAction(action)) {
      throw new UsageError(`what to do? Say status, ${actions.join(", ")}`);
    }
    if (name === undefined) throw new UsageError("which service? Name its function, such as role");
    if (header !== undefined && action !== "set") throw new UsageError("--header goes with m3 canary set");
    const services = await known(cluster, name);
    if (services.length === 0) throw new UsageError(`no app of ${name} is registered: see m3 apps`);
    if (action === "watch") {
      const [only, ...more] = services;
      if (only === undefined || more.length > 0) throw new UsageError("which one? Name its world with -world");
      return watch(cluster, only, { margin: percentOf(args[0] ?? "2%"), intervalMs, json, io });
    }
    const next = {
      set: (each: Known) => chosen(each, args, header),
      promote: promoted,
      abort: abort(args[0]),
      end: (each: Known) => ({ version: "", share: 0, ids: [], aborted: ruleOf(each).aborted }),
    }[action];
    return report(await Promise.all(services.map((each) => setRule(cluster, each, next(each)))));
  });
}

const actions = ["set", "promote", "abort", "end", "watch"] as const;

function isAction(text: string): text is (typeof actions)[number] {
  return actions.some((action) => action === text);
}

type Wanted = Omit<CanaryRule, "revision">;

/** How many aborted versions a rule remembers. */
const maxAborted = 8;

function chosen(known: Known, [version, share = "", ...ids]: readonly string[], header: string | undefined): Wanted {
  if (version === undefined) throw new UsageError("which version? Name it, such as 2.0.0");
  checkVersion(known, version);
  if (header !== undefined && !isHeader(header)) throw new UsageError(`no call can have the header "${header}"`);
  return { version, share: percentOf(share), ids, header, aborted: withoutVersion(known.rule, version) };
}

function promoted(known: Known): Wanted {
  const { version } = ruleOf(known);
  checkVersion(known, version);
  return { version, share: 1, ids: [], aborted: withoutVersion(known.rule, version) };
}

/** What becomes of a rule when this version is aborted. @default the one that it is about */
function abort(named: string | undefined): (known: Known) => Wanted {
  return (known) => {
    const version = named ?? ruleOf(known).version;
    const aborted = [...withoutVersion(known.rule, version), version].slice(-maxAborted);
    const isOther = known.rule !== undefined && known.rule.version !== "" && known.rule.version !== version;
    return isOther ? { ...known.rule, aborted } : { version, share: 0, ids: [], aborted };
  };
}

/** Throws UsageError when there is none. */
function ruleOf({ service, rule }: Known): CanaryRule {
  if (rule !== undefined && rule.version !== "") return rule;
  throw new UsageError(`there is no rule for ${service}: make one with m3 canary set`);
}

/** The versions whose actors may go back, but for this one: it has another try. */
function withoutVersion(rule: CanaryRule | undefined, version: string): readonly string[] {
  return rule?.aborted.filter((each) => each !== version) ?? [];
}

function percentOf(text: string): number {
  const percent = Number(/^(\d+(?:\.\d+)?)%$/.exec(text)?.[1] ?? Number.NaN);
  if (percent <= 100) return percent / 100;
  throw new UsageError(`which share? ${text || "nothing"} is none; write 5%, or 0% for the ids alone`);
}

interface WatchOptions {
  readonly margin: number;
  readonly intervalMs: number;
  readonly json: boolean;
  readonly io: CommandIo;
}

/** Looks until it is told to stop, or the version is bad: then it is aborted. */
async function watch(
  cluster: ClusterView,
  known: Known,
  { margin, intervalMs, json, io }: WatchOptions,
): Promise<Report> {
  const { service } = known;
  const rule = ruleOf(known);
  const looker = new CanaryWatch(margin);
  for await (const _ of looks(io, intervalMs)) {
    const instances = await cluster.instances(service);
    const answers = await cluster.askAll(instances, (admin, options) => admin.describeApp({}, options));
    const { canary, others, fault } = looker.look(
      answers.flatMap((each) => {
        if (!("answer" in each)) return [];
        const { version, served, failed, servedMs: tookMs } = each.answer;
        return {
          app: each.app,
          isCanary: version === rule.version,
          served: Number(served),
          failed: Number(failed),
          tookMs,
        };
      }),
    );
    if (!json) io.stdout.write(`${rule.version}: ${shown(canary)}; others: ${shown(others)}\n`);
    if (fault === undefined) continue;
    const now = { service, instances, rule: newestRule(instances) };
    await setRule(cluster, now, abort(rule.version)(now));
    const why =
      fault === "gone"
        ? `none of its instances has answered ${goneLooks} times in a row`
        : `${shown(canary)}, of the others ${shown(others)}`;
    const problem = `${service} ${rule.version} is bad and was aborted: ${why}`;
    return {
      text: "",
      json: { service, version: rule.version, aborted: true, fault, canary, others },
      problems: [problem],
    };
  }
  return { text: "", json: { service, version: rule.version, aborted: false } };
}

function shown(calls: Calls): string {
  return `${calls.failed} of ${calls.served} calls failed (${(rate(calls) * 100).toFixed(1)}%), ${meanMs(calls).toFixed(0)} ms each`;
}

/** A rule for a version that nobody has would do nothing now, and something unexpected later. */
function checkVersion({ service, instances }: Known, version: string): void {
  const versions = new Set(instances.map(versionOf));
  if (versions.has(version)) return;
  throw new UsageError(`no instance of ${service} is of version ${version}; there are ${[...versions].join(", ")}`);
}

async function setRule(cluster: ClusterView, known: Known, wanted: Wanted): Promise<Known> {
  const { instances, rule } = known;
  const revision = Math.max(Date.now(), (rule?.revision ?? 0) + 1);
  const lists = { ids: [...wanted.ids], aborted: [...wanted.aborted] };
  const request = {
    ...wanted,
    header: wanted.header ?? "",
    ...lists,
    revision: BigInt(revision),
    operator: operatorName(),
  };
  const answers = await cluster.askAll(instances, (admin, options) => admin.setCanary(request, options));
  // The others take it over from those that have it.
  const problems = answers.flatMap((each) => ("problem" in each ? each.problem : []));
  if (problems.length === answers.length) throw new Error(problems[0]);
  return { ...known, rule: { ...wanted, revision } };
}

async function known(cluster: ClusterView, name: string | undefined): Promise<readonly Known[]> {
  const all = name === undefined ? await cluster.services() : await cluster.servicesNamed(name);
  return Promise.all(
    all.map(async (service) => {
      const instances = await cluster.instances(service);
      return { service, instances, rule: newestRule(instances) };
    }),
  );
}

function report(services: readonly Known[]): Report {
  const rows = services.flatMap(({ service, instances, rule }) => {
    const versions = [...Map.groupBy(instances, versionOf)].sort(([a], [b]) => (a < b ? -1 : 1));
    const found = versions.map(([version, { length }]) => ({
      service,
      version,
      instances: length,
      gets: shareOf(version, rule, versions.length),
    }));
    if (rule === undefined || rule.version === "" || versions.some(([version]) => version === rule.version))
      return found;
    // Its instances are gone: the others serve its share, and it has it again when it comes back.
    const share = shareOf(rule.version, rule, versions.length + 1);
    const gets = rule.aborted.includes(rule.version) ? "nothing: aborted" : `nothing: none is there for its ${share}`;
    return [...found, { service, version: rule.version, instances: 0, gets }];
  });
  return {
    text: formatTable([["SERVICE", "VERSION", "INSTANCES", "GETS"], ...rows.map((row) => Object.values(row))]),
    json: rows,
  };
}

/** What the instances of a version get together, in words. */
function shareOf(version: string, rule: CanaryRule | undefined, versions: number): string {
  if (versions === 1) return "everything";
  if (rule === undefined || rule.version === "") return "like the others";
  const header = rule.header === undefined ? "" : `canary: ${rule.header}`;
  const parts = [`${rule.share * 100}%`, rule.ids.join(" "), header].filter(Boolean);
  if (rule.version === version) return parts.join(" and ");
  return "the rest";
}

function versionOf({ meta }: Instance): string {
  return meta[MetaKey.gameVersion] ?? "none";
}
