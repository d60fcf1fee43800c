import { type CommandIo, ExitCode, UsageError } from "../command.ts";
import { newGame } from "../new/new-game.ts";
import { kindsThat, newPlugin } from "../new/new-plugin.ts";
import { parseOptions } from "../parse-options.ts";

export const help = `m3 new game NAME [--in FOLDER]
m3 new plugin NAME [--in FOLDER]

Makes a game, in the folder NAME: a proto file, a gate, an actor that is stored,
a test and a page for the browser. It runs: npm install there, and npm start.

Or makes a package for a plugin of your own, in a folder of its own, with the
conformance test of its kind. It compiles. Where the runtime has an embedded
plugin of the kind it works from the start, and that one stands for the server
until you replace it; elsewhere the test says what is still to be written.

The NAME of a plugin is <kind>_<technology>: broker_rabbit. The kinds that work
from the start: ${kindsThat(({ works }) => works)}.
The others: ${kindsThat(({ works }) => !works)}.

  --in FOLDER  where the new folder is made; default: the current one
`;

export async function execute({ argv, stdout }: CommandIo): Promise<number> {
  const { values, positionals } = parseOptions(argv, { in: { type: "string", default: "." } });
  const [what, name, ...more] = positionals;
  const make = what === "game" ? newGame : what === "plugin" ? newPlugin : undefined;
  if (make === undefined) throw new UsageError("what? There are m3 new game NAME and m3 new plugin NAME");
  if (more.length > 0) throw new UsageError(`one ${what}, please; ${more.join(" ")} is too much`);
  stdout.write(await make(name, values.in));
  return ExitCode.OK;
}
