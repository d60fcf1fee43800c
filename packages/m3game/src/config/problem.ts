import type { z } from "zod";
import { type M3Error, reasonError } from "../meta/error.ts";
import type { Allowed } from "./allowed.ts";
import { formatKeyPath, isWithin, type KeyPath } from "./key-path.ts";
import { suggestion } from "./nearest.ts";

/** CONFIG_INVALID with one problem per line. */
export function problemError(problems: readonly string[]): M3Error {
  return reasonError("CONFIG_INVALID", problems.join("\n"));
}

/** Where a value came from: the environment variable that set it, else the file. */
export function originOf(
  source: { readonly file: string; readonly overrides?: ReadonlyMap<string, string> | undefined },
  path: string,
): string {
  return overrideOf(source.overrides, path) ?? source.file;
}

function overrideOf(overrides: ReadonlyMap<string, string> | undefined, path: string): string | undefined {
  let nearestPath = "";
  for (const overridden of overrides?.keys() ?? []) {
    if (overridden.length > nearestPath.length && isWithin(path, overridden)) nearestPath = overridden;
  }
  const variable = overrides?.get(nearestPath);
  return variable === undefined ? undefined : `environment variable ${variable}`;
}

/** `unknown key (did you mean …?); allowed keys: …` */
export function unknownKey(key: string, allowed: readonly string[], what = "key"): string {
  const list = allowed.length === 0 ? `no ${what}s are allowed here` : `allowed ${what}s: ${allowed.join(", ")}`;
  return `unknown ${what}${suggestion(key, allowed)}; ${list}`;
}

/** What `describeIssue` needs to know of the value that was checked. */
export interface IssueContext {
  readonly file: string;
  /** Key path of the checked table. */
  readonly path: string;
  readonly overrides?: ReadonlyMap<string, string> | undefined;
  /** The checked table with its secrets hidden. */
  readonly shown: unknown;
  readonly allowed: Allowed;
}

/**
 * What a failed check means to the one who wrote the config, one line per problem. The issue's message is empty unless
 * the schema has one of its own (see `inspectSection`).
 */
export function describeIssue(issue: z.core.$ZodIssue, context: IssueContext): string[] {
  const path = keyPath(issue.path);
  const line = (at: KeyPath, problem: string) => {
    const full = formatKeyPath(at, context.path);
    return `${originOf(context, full)}: ${full}: ${problem}`;
  };
  const found = at(context.shown, path);

  switch (issue.code) {
    case "unrecognized_keys": {
      // Another alternative of a union may know the key.
      const allowed = context.allowed.keys(path).filter((key) => !issue.keys.includes(key));
      return issue.keys.map((key) => line([...path, key], unknownKey(key, allowed)));
    }
    case "invalid_union": {
      const meant = meantAlternative(issue);
      if (meant) return meant.flatMap((inner) => describeIssue({ ...inner, path: [...path, ...inner.path] }, context));
      break;
    }
    case "invalid_key": {
      const own = issue.issues.map((inner) => inner.message).find((message) => message !== "");
      const form = own ?? context.allowed.keyForm(path.slice(0, -1)) ?? "another";
      return [line(path, `this key is not allowed; allowed: ${form}`)];
    }
  }
  // A message of the schema's own says better what is wanted than its type does.
  if (issue.message !== "") return [line(path, `${issue.message}${foundWords(found)}`)];
  const allowed = context.allowed.value(path) ?? (issue.code === "invalid_type" ? issue.expected : "another value");
  return [line(path, `found ${show(found)}; allowed: ${allowed}${quoteHint(issue, path, context)}`)];
}

/** An environment variable that looks like a number becomes one, unless it is quoted. */
function quoteHint(issue: z.core.$ZodIssue, path: KeyPath, context: IssueContext): string {
  const wantsText = issue.code === "invalid_type" && issue.expected === "string";
  const overridden = overrideOf(context.overrides, formatKeyPath(path, context.path)) !== undefined;
  return wantsText && overridden ? "; put it in double quotes to make it a text" : "";
}

/** The problems of the one alternative whose kind of value was given, undefined when that is not clear. */
function meantAlternative(issue: z.core.$ZodIssueInvalidUnion): readonly z.core.$ZodIssue[] | undefined {
  const candidates = issue.errors.filter((errors) =>
    errors.every((inner) => inner.path.length > 0 || inner.code === "unrecognized_keys"),
  );
  return candidates.length === 1 ? candidates[0] : undefined;
}

function keyPath(path: readonly PropertyKey[]): KeyPath {
  return path.map((part) => (typeof part === "number" ? part : String(part)));
}

function at(value: unknown, path: KeyPath): unknown {
  return path.reduce<unknown>(
    (inner, part) =>
      typeof inner === "object" && inner !== null ? new Map(Object.entries(inner)).get(String(part)) : undefined,
    value,
  );
}

function foundWords(found: unknown): string {
  return found === undefined || (typeof found === "object" && !(found instanceof Date)) ? "" : `; found ${show(found)}`;
}

const longestShown = 80;

function show(value: unknown): string {
  if (value === undefined) return "nothing";
  if (value === "***") return value;
  if (typeof value === "string") {
    return JSON.stringify(value.length > longestShown ? `${value.slice(0, longestShown)}…` : value);
  }
  if (value instanceof Date) return "a date or time";
  if (Array.isArray(value)) return `a list of ${value.length} entries`;
  return typeof value === "object" ? "a table" : String(value);
}
