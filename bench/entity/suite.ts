import { labelRatio } from "../harness/ratios.ts";
import type { Row, Target } from "../harness/result.ts";
import { measureSolo } from "../harness/solo.ts";
import type { Case, Suite } from "../harness/suite.ts";

const minWriteShare = 0.5;

/** Entities: finding what changed, saving it, at once and behind the back. */
export const suite: Suite = {
  name: "entity",
  note: [
    "changes: one field changed and found, in an entity of about 30 bytes and one of about 1 KiB encoded.",
    "save: one changed field written through, one at a time, into the embedded store and into SQLite (each commit on the disk).",
    "write-behind: one changed field of each of 100 000 actors in turn; its latencies are delays of the main thread meanwhile.",
    "limit-sqlite: node:sqlite alone on the main thread, the same rows and settings, in batches of 500; its latencies are those of a batch.",
    "main us: of CPU us/op, what the main thread takes, the game's own part included.",
    "drain: 100 000 changed entities saved, 1000 begun in each turn of the event loop; its latency is that of all together.",
  ].join("\n"),
  cases: () => [
    solo("changes-small", "changes.ts", "smallChanges"),
    solo("changes-1KiB", "changes.ts", "largeChanges"),
    solo("save-memory", "changes.ts", "saveOne"),
    solo("save-sqlite", "sqlite.ts", "saveThrough"),
    solo("limit-sqlite", "sqlite.ts", "bareSqlite"),
    solo("write-behind", "sqlite.ts", "writeBehind"),
    solo("drain", "sqlite.ts", "drain", { entities: 100_000 }),
  ],
  ratios: (rows) => {
    const share = writeShare(rows);
    return share === undefined ? {} : { "write-behind/limit-sqlite": share };
  },
  targets: entityTargets,
};

function solo(name: string, file: string, measure: string, params: Readonly<Record<string, number>> = {}): Case {
  return {
    name,
    params,
    run: ({ measureMs, services }) =>
      measureSolo(new URL(file, import.meta.url), measure, { measureMs, services, params }),
  };
}

function writeShare(rows: readonly Row[]): number | undefined {
  return labelRatio(rows, ({ opsPerSec }) => opsPerSec, "write-behind", "limit-sqlite");
}

function entityTargets(rows: readonly Row[]): readonly Target[] {
  const share = writeShare(rows);
  if (share === undefined) return [];
  return [
    {
      text: `write-behind into SQLite reaches at least ${minWriteShare} of node:sqlite alone`,
      measured: share.toFixed(2),
      met: share >= minWriteShare,
    },
  ];
}
