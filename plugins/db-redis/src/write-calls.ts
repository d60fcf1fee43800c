import { failParts, GroupCall, type GroupPart, type WriteCall } from "./group-call.ts";
import type { Partition } from "./keys.ts";
import { encodeRow, RowsCall, rowsName } from "./rows-call.ts";

/** The runs of scripts that write some parts of one partition. What can't be encoded is settled. */
export function toCalls(partition: Partition, parts: readonly GroupPart[]): readonly WriteCall[] {
  const calls: WriteCall[] = [];
  const rows = new Map<string, RowsCall>();
  let groups: GroupCall | undefined;
  for (const part of parts) {
    try {
      const row = encodeRow(partition, part);
      if (row === undefined) {
        if (groups === undefined || groups.isFull) {
          groups = new GroupCall(partition);
          calls.push(groups);
        }
        groups.add(part);
        continue;
      }
      const name = rowsName(row);
      let call = rows.get(name);
      if (call === undefined || call.isFull) {
        call = new RowsCall(partition, row);
        rows.set(name, call);
        calls.push(call);
      }
      call.add(row);
    } catch (error) {
      failParts([part], error);
    }
  }
  return calls;
}
