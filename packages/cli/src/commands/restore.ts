import { describeNewer, type RestoredStore, restoreStore } from "@m3game/db-sqlite";
import { formatContents } from "../backup/format-contents.ts";
import { type CommandIo, ExitCode, UsageError } from "../command.ts";
import { parseOptions } from "../parse-options.ts";

export const help = `m3 restore COPY --to FILE [--force] [--json]

Puts a copy that m3 backup made in the place of a store of db_sqlite. The copy is
checked, what it holds is printed, and what the store had beyond it. The file that
was there is moved aside. Owners of before are refused, new ones are not. Stop
all apps that use the file first; a store in use is never replaced.

  --force  also replaces a store that is newer than the copy, or can't be read
`;

export async function execute({ argv, stdout }: CommandIo): Promise<number> {
  const { values, positionals } = parseOptions(argv, {
    to: { type: "string" },
    force: { type: "boolean", default: false },
    json: { type: "boolean" },
  });
  const [copy, ...more] = positionals;
  if (copy === undefined || more.length > 0) throw new UsageError("one COPY, please: a file that m3 backup made");
  if (values.to === undefined) throw new UsageError("--to FILE is missing: the store that is restored");
  const { manifest, ...restored } = await restoreStore(copy, values.to, { force: values.force });
  const text = `${values.to} is restored\n${formatContents.text(manifest)}${describe(restored)}`;
  stdout.write(values.json ? formatContents.json({ ...manifest, ...restored }) : text);
  return ExitCode.OK;
}

function describe({ epoch, replaced, lost }: Omit<RestoredStore, "manifest">): string {
  const lines = [`its epoch is ${epoch} from now on`];
  if (replaced !== undefined) lines.push(`the file that was there is ${replaced}`);
  if (lost !== undefined && "damage" in lost) lines.push(`what it held is not known: ${lost.damage}`);
  else if (lost !== undefined) lines.push(`it had beyond the copy: ${describeNewer(lost) || "nothing"}`);
  return lines.map((line) => `${line}\n`).join("");
}
