import { type DbGroup, type DbWrite, type DbWriteResult, M3Error } from "m3game";
import { checkScope } from "m3game/internal";
import { fenceText } from "./fence-text.ts";
import { keyBytes } from "./index-member.ts";
import type { Partition } from "./keys.ts";
import { replyError } from "./redis-error.ts";
import type { RedisArgument } from "./redis-link.ts";
import type { RedisTable } from "./redis-table.ts";
import type { Script } from "./script.ts";
import { firstError, refusals, staleTable, unraised, writeScript } from "./write-script.ts";

/** The writes of a group that are in one partition. */
export interface GroupPart {
  readonly group: DbGroup;
  readonly writes: readonly PartWrite[];
}

export interface PartWrite {
  readonly write: DbWrite;
  readonly table: RedisTable;
  /** The key as it stands in the row's name. */
  readonly key: string;
  /** Told once what became of it. */
  readonly settle: (result: DbWriteResult) => void;
}

/** Some parts of one partition, as one run of a script. */
export interface WriteCall {
  readonly script: Script;
  readonly parts: readonly GroupPart[];
  /** What they hold, roughly. */
  readonly bytes: number;
  /** Both are there once it is finished. */
  readonly keys: readonly string[];
  readonly args: readonly RedisArgument[];
  /** Puts keys and arguments together. Nothing may be added afterwards. */
  finish(mustBeRaised: boolean): void;
}

/** How much goes into one run of the script, for as long as which the server does nothing else. */
const maxCallBytes = 64 * 1024;
const maxCallGroups = 100;

/** Some groups of one partition, as one run of the write script. */
export class GroupCall implements WriteCall {
  readonly script = writeScript;
  readonly parts: GroupPart[] = [];
  readonly keys: string[] = [];
  readonly args: RedisArgument[] = [];
  bytes = 0;
  readonly #partition: Partition;
  readonly #tables = new Map<RedisTable, number>();
  readonly #groupKeys: string[] = [];
  readonly #groupArgs: RedisArgument[] = [];

  constructor(partition: Partition) {
    this.#partition = partition;
  }

  get isFull(): boolean {
    return this.parts.length >= maxCallGroups || this.bytes >= maxCallBytes;
  }

  /** Adds a part. Throws INVALID_ARGUMENT, and is then as it was before. */
  add(part: GroupPart): void {
    const [keyCount, argCount] = [this.#groupKeys.length, this.#groupArgs.length];
    try {
      this.#addGroup(part);
    } catch (error) {
      this.#groupKeys.length = keyCount;
      this.#groupArgs.length = argCount;
      throw error;
    }
    for (let index = argCount; index < this.#groupArgs.length; index++) {
      this.bytes += this.#groupArgs[index]?.length ?? 0;
    }
    this.parts.push(part);
  }

  finish(mustBeRaised: boolean): void {
    this.args.push(mustBeRaised ? "1" : "0", String(this.#tables.size));
    for (const { table, schema } of this.#tables.keys()) {
      this.keys.push(this.#partition.table(table.name), this.#partition.keyIndex(table.name));
      this.args.push(String(schema.revision), String(schema.indexes.length));
      for (const { number, memberField } of schema.indexes) {
        this.keys.push(this.#partition.index(table.name, number));
        this.args.push(memberField);
      }
    }
    this.args.push(String(this.parts.length));
    for (const key of this.#groupKeys) this.keys.push(key);
    for (const arg of this.#groupArgs) this.args.push(arg);
  }

  #addGroup({ group: { scope }, writes }: GroupPart): void {
    const args = this.#groupArgs;
    if (scope === undefined) args.push("");
    else {
      args.push(fenceText(checkScope(scope).fence));
      this.#groupKeys.push(this.#partition.fence(scope.claim));
    }
    args.push(String(writes.length));
    for (const { write, table, key } of writes) {
      this.#groupKeys.push(this.#partition.row(table.table.name, key));
      args.push(write.kind.charAt(0), String(this.#place(table)), write.kind === "create" ? "" : String(write.version));
      if (write.kind === "delete") {
        args.push("0", "0", keyBytes(table.table.key, write.key), "0");
        continue;
      }
      const isNew = write.kind === "create";
      const fields = table.codec.fields(isNew ? undefined : write.fields);
      const { set, remove, members } = table.change(write.key, write.message, fields, isNew);
      args.push(String(set.length), ...set, String(remove.length), ...remove);
      args.push(isNew ? keyBytes(table.table.key, write.key) : "", String(members.length), ...members);
    }
  }

  #place(table: RedisTable): number {
    const known = this.#tables.get(table);
    if (known !== undefined) return known;
    const place = this.#tables.size + 1;
    this.#tables.set(table, place);
    return place;
  }
}

/** Settles what is settled by a script's answer and returns the rest: parts to be written again. */
export function takeReply(
  parts: readonly GroupPart[],
  reply: unknown,
): { readonly isStale: boolean; readonly again: readonly GroupPart[] } {
  if (!Array.isArray(reply)) {
    if (String(reply) === staleTable) return { isStale: true, again: parts };
    throw new Error("the write script answered with something else");
  }
  let at = 0;
  const errors = reply.slice(parts.reduce((sum, { writes }) => sum + writes.length, 0));
  const again: GroupPart[] = [];
  for (const part of parts) {
    if (reply[at] === unraised) again.push(part);
    for (const { settle } of part.writes) {
      const code = Number(reply[at++]);
      if (code !== unraised) settle(toResult(code, errors));
    }
  }
  return { isStale: false, again };
}

function toResult(code: number, errors: readonly unknown[]): DbWriteResult {
  if (code > 0) return { status: "written", version: BigInt(code) };
  const reason = refusals[-code];
  if (reason !== undefined) return { status: "refused", reason };
  return { status: "failed", error: replyError(String(errors[firstError - code])) };
}

/** The same failure for each write of some parts. */
export function failParts(parts: readonly GroupPart[], cause: unknown): void {
  const error = M3Error.from(cause);
  for (const { writes } of parts) for (const { settle } of writes) settle({ status: "failed", error });
}
