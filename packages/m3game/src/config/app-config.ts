import { z } from "zod";
import { type Options, optionSchemas } from "./options.ts";
import { problemError } from "./problem.ts";
import type { ConfigSection } from "./section.ts";
import { SectionReader } from "./section-reader.ts";
import type { ConfigSource, ConfigTable } from "./source.ts";

/** One configured plugin; its table is checked by the plugin's own schema. */
export interface PluginSection extends ConfigSection {
  /** The kind as the config has it, `Router`. */
  readonly kind: string;
  /** The plugin as the config has it, `router_consul`. */
  readonly name: string;
  /** Its `Name`, which tells several instances of one plugin apart. @default "" */
  readonly instance: string;
}

/** A config with its parts told apart. */
export interface AppConfig {
  readonly options: Options;
  /** In the order of the file. */
  readonly plugins: readonly PluginSection[];
  /** `[App]`, untouched; an empty table when there is none. */
  readonly app: ConfigSection;
  /** `[[Server.Actor]]` as `servers.Actor`, not yet checked. */
  readonly servers: Readonly<Record<string, readonly ConfigSection[]>>;
  /** What is accepted but should be changed, one sentence each. */
  readonly warnings: readonly string[];
}

/**
 * Takes a config apart and checks all of it that belongs to the framework itself. Keys of the original that mean nothing
 * any more, and blanks at the ends of texts, give a warning each.
 *
 * Throws CONFIG_INVALID that lists all problems, one per line: unknown tables and plugin kinds with the nearest known
 * one, wrong options, two instances of a plugin with the same `Name`.
 */
export function resolveAppConfig(source: ConfigSource): AppConfig {
  const reader = new SectionReader(source);
  const { Transport: transport, ...tables } = source.tree;
  reader.knownKeys(tables, [], "table");

  const options = resolveOptions(reader, reader.table(tables, ["Options"]));
  const plugins = resolvePlugins(reader, reader.table(tables, ["Plugin"]));
  const servers = resolveServers(reader, reader.table(tables, ["Server"]));
  const app = reader.section(["App"], reader.table(tables, ["App"]));
  if (transport !== undefined) {
    for (const section of reader.sections(["Transport"], transport)) reader.check(z.object({}), section);
  }

  if (reader.problems.length > 0) throw problemError(reader.problems);
  return { options, plugins, app, servers, warnings: reader.warnings };
}

function resolveOptions(reader: SectionReader, tables: ConfigTable): Options {
  reader.knownKeys(tables, ["Options"], "option");
  const check = <S extends z.ZodType>(schema: S, name: keyof Options): z.output<S> => {
    const path = ["Options", name];
    const [section = reader.section(path, {}), second] = reader.sections(path, tables[name] ?? {});
    if (second) reader.addProblem(second.path, "is there twice; keep one of them");
    return reader.check(schema, section) ?? schema.parse({});
  };
  return {
    Mesh: check(optionSchemas.Mesh, "Mesh"),
    Resource: check(optionSchemas.Resource, "Resource"),
    Shape: check(optionSchemas.Shape, "Shape"),
    Rpc: check(optionSchemas.Rpc, "Rpc"),
    Life: check(optionSchemas.Life, "Life"),
  };
}

function resolvePlugins(reader: SectionReader, kinds: ConfigTable): PluginSection[] {
  return reader.knownKeys(kinds, ["Plugin"], "plugin kind").flatMap((kind) => {
    const plugins = reader.table(kinds, ["Plugin", kind]);
    return Object.entries(plugins).flatMap(([name, value]) => {
      const sections = reader.sections(["Plugin", kind, name], value);
      const instances = sections.map((section) => toPluginSection(reader, section, kind, name));
      checkInstances(reader, instances);
      return instances;
    });
  });
}

function toPluginSection(reader: SectionReader, section: ConfigSection, kind: string, name: string): PluginSection {
  const { Name: given = "", ...table } = section.table;
  const instance = typeof given === "string" ? given : JSON.stringify(given);
  if (instance !== given) reader.addProblem(`${section.path}.Name`, `found ${instance}; allowed: a text`);
  return { ...section, table, kind, name, instance };
}

function checkInstances(reader: SectionReader, plugins: readonly PluginSection[]): void {
  const paths = new Map<string, string>();
  for (const { path, name, instance } of plugins) {
    const other = paths.get(instance);
    if (other !== undefined) {
      const found = instance === "" ? "nothing" : JSON.stringify(instance);
      reader.addProblem(`${path}.Name`, `found ${found}, as in ${other}; give each ${name} a Name of its own`);
    }
    paths.set(instance, path);
  }
}

function resolveServers(reader: SectionReader, tables: ConfigTable): Record<string, readonly ConfigSection[]> {
  const names = reader.knownKeys(tables, ["Server"], "server");
  return Object.fromEntries(names.map((name) => [name, reader.sections(["Server", name], tables[name] ?? {})]));
}
