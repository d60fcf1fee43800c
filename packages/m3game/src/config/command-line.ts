import { type M3Error, reasonError } from "../meta/error.ts";
import { suggestion } from "./nearest.ts";

/** What the command line of an app says. */
export interface CommandLine {
  /** The app id as given, not yet parsed: `parseAppId` checks it. */
  readonly id: string;
  /** The config file, undefined when none was named. */
  readonly configFile: string | undefined;
  /** What `-env` sets, on top of the process's environment. Of one key given twice the last wins. */
  readonly env: Readonly<Record<string, string>>;
  /** Everything that is no flag, in order. */
  readonly rest: readonly string[];
}

const flags = { idstr: "ID", conf: "FILE", env: "KEY=VALUE" } as const;
type Flag = keyof typeof flags;

const flagNames = Object.keys(flags).map((name) => `-${name}`);
const usage = Object.entries(flags)
  .map(([name, value]) => `-${name} ${value}`)
  .join(", ");

/**
 * Reads `-idstr ID`, `-conf FILE` and `-env KEY=VALUE` (any number of them); two dashes and `--idstr=ID` work as well,
 * and after `--` everything is positional. `argv` is without node and script.
 * Throws CONFIG_INVALID for an unknown or repeated flag, a missing value, and when `-idstr` is missing.
 */
export function parseCommandLine(argv: readonly string[]): CommandLine {
  const values = new Map<Flag, string>();
  const env = new Map<string, string>();
  const rest: string[] = [];

  for (let index = 0; index < argv.length; index++) {
    const argument = argv[index] ?? "";
    if (argument === "--") {
      rest.push(...argv.slice(index + 1));
      break;
    }
    if (!argument.startsWith("-") || argument === "-") {
      rest.push(argument);
      continue;
    }
    const equals = argument.indexOf("=");
    const flag = toFlag(equals < 0 ? argument : argument.slice(0, equals));
    const value = equals < 0 ? takeValue(flag, argv[++index]) : argument.slice(equals + 1);
    if (value === "") throw missingValue(flag);
    if (flag === "env") {
      const [key, text] = splitPair(value);
      env.set(key, text);
    } else {
      if (values.has(flag)) throw reasonError("CONFIG_INVALID", `flag -${flag} is there twice; keep one of them`);
      values.set(flag, value);
    }
  }

  const id = values.get("idstr");
  if (id === undefined) {
    throw reasonError(
      "CONFIG_INVALID",
      "flag -idstr is missing: write -idstr env.world.func.ins, for example -idstr example.world1.simple.1",
    );
  }
  return { id, configFile: values.get("conf"), env: Object.fromEntries(env), rest };
}

function toFlag(text: string): Flag {
  const name = text.replace(/^--?/, "");
  if (isFlag(name)) return name;
  throw reasonError("CONFIG_INVALID", `unknown flag ${text}${suggestion(`-${name}`, flagNames)}; allowed: ${usage}`);
}

function isFlag(name: string): name is Flag {
  return Object.hasOwn(flags, name);
}

function takeValue(flag: Flag, next: string | undefined): string {
  if (next === undefined || next.startsWith("-")) throw missingValue(flag);
  return next;
}

function missingValue(flag: Flag): M3Error {
  return reasonError(
    "CONFIG_INVALID",
    `flag -${flag} has no value: write -${flag} ${flags[flag]} (or --${flag}=… for a value that begins with a dash); allowed: ${usage}`,
  );
}

function splitPair(pair: string): [key: string, value: string] {
  const equals = pair.indexOf("=");
  // The pair itself stays out of the message: what was meant as a value may be a password.
  if (equals <= 0) throw reasonError("CONFIG_INVALID", "flag -env wants KEY=VALUE, for example -env LOG_DIR=/tmp");
  return [pair.slice(0, equals), pair.slice(equals + 1)];
}
