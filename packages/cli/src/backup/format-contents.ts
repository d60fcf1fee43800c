import type { BackupManifest } from "@m3game/db-sqlite";
import { formatTable } from "../admin/table.ts";

/** What a copy of a store holds, for people and for scripts. */
export const formatContents = {
  text({ takenAt, bytes, tables, epoch, fences, highestFence }: BackupManifest): string {
    const newest = highestFence === "" ? "" : `, the newest ${highestFence}`;
    return `the copy is of ${takenAt}, ${bytes} bytes, epoch ${epoch}, ${fences} fences${newest}\n${formatTable([
      ["TABLE", "ROWS"],
      ...tables.map(({ name, rows }) => [name, rows]),
    ])}`;
  },
  json(value: object): string {
    return `${JSON.stringify(value, (_key, each) => (typeof each === "bigint" ? String(each) : each), 2)}\n`;
  },
};
