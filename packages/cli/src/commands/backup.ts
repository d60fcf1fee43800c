import { backupStore } from "@m3game/db-sqlite";
import { formatContents } from "../backup/format-contents.ts";
import { type CommandIo, ExitCode, UsageError } from "../command.ts";
import { parseOptions } from "../parse-options.ts";

export const help = `m3 backup FILE --to FILE [--json]

Copies the store of db_sqlite in a file into a new file, while apps use it, as it
was at one moment. What it holds is printed, and is in <copy>.json with the
copy's checksum: m3 restore needs both files.
`;

export async function execute({ argv, stdout }: CommandIo): Promise<number> {
  const { values, positionals } = parseOptions(argv, { to: { type: "string" }, json: { type: "boolean" } });
  const [file, ...more] = positionals;
  if (file === undefined || more.length > 0) throw new UsageError("one FILE, please: that of the store");
  if (values.to === undefined) throw new UsageError("--to FILE is missing: where the copy goes");
  const manifest = await backupStore(file, values.to);
  stdout.write(values.json ? formatContents.json(manifest) : `${file} is copied\n${formatContents.text(manifest)}`);
  return ExitCode.OK;
}
