import { type ParseArgsConfig, parseArgs } from "node:util";
import { UsageError } from "./command.ts";

type OptionConfig = NonNullable<ParseArgsConfig["options"]>;
type Config<O extends OptionConfig> = {
  readonly args: readonly string[];
  readonly options: O;
  readonly allowPositionals: true;
};

/** The options and positional arguments of a command. Throws UsageError for an option it does not have. */
export function parseOptions<const O extends OptionConfig>(
  argv: readonly string[],
  options: O,
): ReturnType<typeof parseArgs<Config<O>>> {
  try {
    return parseArgs<Config<O>>({ args: argv, options, allowPositionals: true });
  } catch (error) {
    // Of the message only the first sentence: the rest explains how to escape a dash.
    throw new UsageError(error instanceof Error ? error.message.split(". ", 1)[0] : String(error));
  }
}
