const arrayTypes = {
  int8: Int8Array,
  uint8: Uint8Array,
  int16: Int16Array,
  uint16: Uint16Array,
  int32: Int32Array,
  uint32: Uint32Array,
  float32: Float32Array,
  float64: Float64Array,
} as const;

/** How one number of each entity is kept. */
export type FieldType = keyof typeof arrayTypes;

/** What entities have beside their place: the name and type of each number. `x` and `y` are taken. */
export type Fields = Readonly<Record<string, FieldType>> & { readonly x?: never; readonly y?: never };

interface ColumnTypes {
  readonly int8: Int8Array;
  readonly uint8: Uint8Array;
  readonly int16: Int16Array;
  readonly uint16: Uint16Array;
  readonly int32: Int32Array;
  readonly uint32: Uint32Array;
  readonly float32: Float32Array;
  readonly float64: Float64Array;
}

type ColumnOf<T> = T extends FieldType ? ColumnTypes[T] : never;

/** One array for each number, with the entities' slots as indexes. */
export type Columns<F extends Fields> = {
  readonly x: Float64Array;
  readonly y: Float64Array;
} & { readonly [K in Exclude<keyof F, "x" | "y">]: ColumnOf<F[K]> };

/** The columns by name, for those who copy or clear them all. */
export type ColumnMap = ReadonlyMap<string, ColumnOf<FieldType>>;

/** Columns in shared memory, so that worker threads see the same. */
export function createColumnMap(fields: Fields, capacity: number): ColumnMap {
  const columns = new Map<string, ColumnOf<FieldType>>();
  for (const [name, type] of Object.entries({ ...fields, x: "float64", y: "float64" } as const)) {
    const { BYTES_PER_ELEMENT } = arrayTypes[type];
    columns.set(name, new arrayTypes[type](new SharedArrayBuffer(capacity * BYTES_PER_ELEMENT)));
  }
  return columns;
}

/** The same columns as properties. */
export function toColumns<F extends Fields>(map: ColumnMap): Columns<F> {
  // The map was made of the same fields: names and types fit, which TypeScript can't see through a Map.
  return Object.fromEntries(map) as Columns<F>;
}
