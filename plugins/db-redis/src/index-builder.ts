import { keyBytes, keyOf, valueBytes } from "./index-member.ts";
import type { Keys, Partition } from "./keys.ts";
import type { RedisConnection } from "./redis-connection.ts";
import type { RedisArgument } from "./redis-link.ts";
import { indexedValue, type RedisTable, type TableIndex } from "./redis-table.ts";
import { toBuffers, toValues } from "./reply.ts";
import { indexScript } from "./scripts.ts";

/** How many rows are looked at in one go. */
const step = 500;

/** Enters the rows of a table in an index of it that is new. Rows that are written meanwhile enter by themselves. */
export class IndexBuilder {
  readonly #connection: RedisConnection;
  readonly #keys: Keys;

  constructor(connection: RedisConnection, keys: Keys) {
    this.#connection = connection;
    this.#keys = keys;
  }

  async build(table: RedisTable, index: TableIndex): Promise<void> {
    for (const partition of this.#keys.partitions) {
      const byKey = partition.keyIndex(table.table.name);
      let from: RedisArgument = "-";
      for (;;) {
        const args = ["ZRANGEBYLEX", byKey, from, "+", "LIMIT", "0", String(step)];
        const members = toBuffers(await this.#connection.send(byKey, args));
        await Promise.all(members.map((member) => this.#enter(partition, table, index, member)));
        const last = members.at(-1);
        if (last === undefined || members.length < step) break;
        from = Buffer.concat([Buffer.from("("), last]);
      }
    }
  }

  async #enter(partition: Partition, prepared: RedisTable, index: TableIndex, byKey: Buffer): Promise<void> {
    const { table, codec } = prepared;
    const { field, number, memberField } = index;
    if (field === undefined) return;
    const key = keyOf(table.key, undefined, byKey);
    const encoded = codec.encodeKey(key);
    const row = partition.row(table.name, String(encoded));
    const fields = codec.fields([field]);
    for (;;) {
      const values = toValues(await this.#connection.send(row, ["HMGET", row, "_ver", ...prepared.namesOf(fields)]));
      const stored = prepared.decode(encoded, fields, values);
      if (stored === undefined) return;
      const member = Buffer.concat([valueBytes(field, indexedValue(field, stored.message)), keyBytes(table.key, key)]);
      const args = [String(stored.version), memberField, member];
      const reply = await this.#connection.run(indexScript, [row, partition.index(table.name, number)], args);
      if (reply === 1) return;
    }
  }
}
