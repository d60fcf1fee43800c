import { Pool } from "pg";
import { clientOptions, emptyPostgres } from "./empty-server.ts";
import { fieldNames, heroId, heroValues } from "./hero.ts";
import { measuresOf } from "./measures.ts";

const columns = `id text PRIMARY KEY, name text, level integer, gold bigint, gems bigint, experience numeric,
  power double precision, title text, guild bigint, energy integer, bio text, skills bytea, version bigint`;

/** pg with prepared statements, versions and no fences. */
export const { read, create, update, batch } = measuresOf(async ({ services }) => {
  const pool = new Pool({ ...clientOptions(await emptyPostgres(services)), max: 8 });
  await pool.query(`CREATE TABLE bench.bare (${columns})`);
  const places = fieldNames.map((_name, index) => `$${index + 1}`).join(", ");
  return {
    create: async (index) => {
      const values = Object.values(heroValues(index)).map((value) =>
        value instanceof Uint8Array ? Buffer.from(value) : value,
      );
      await pool.query({ name: "create", text: `INSERT INTO bench.bare VALUES (${places}, 1)`, values });
    },
    read: async (index) => {
      const query = { name: "read", text: "SELECT * FROM bench.bare WHERE id = $1", values: [heroId(index)] };
      if ((await pool.query(query)).rowCount !== 1) throw new Error(`there is no row ${index}`);
    },
    update: async (index, version) => {
      const text = "UPDATE bench.bare SET level = $2, version = version + 1 WHERE id = $1 AND version = $3";
      const { rowCount } = await pool.query({ name: "update", text, values: [heroId(index), version, version] });
      if (rowCount !== 1) throw new Error(`row ${index} was not changed`);
    },
    updateMany: async (from, count, version) => {
      const text = `UPDATE bench.bare AS b SET level = i.level, version = b.version + 1
        FROM unnest($1::text[], $2::integer[], $3::bigint[]) AS i (id, level, version)
        WHERE b.id = i.id AND b.version = i.version`;
      const ids = Array.from({ length: count }, (_, index) => heroId(from + index));
      const versions = ids.map(() => version);
      const { rowCount } = await pool.query({ name: "many", text, values: [ids, versions, versions] });
      if (rowCount !== count) throw new Error(`${rowCount} rows were changed`);
    },
    [Symbol.asyncDispose]: () => pool.end(),
  };
});
