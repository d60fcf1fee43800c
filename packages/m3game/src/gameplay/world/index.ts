export type { Cell, UpdateCell } from "./cell.ts";
export type { Columns, Fields, FieldType } from "./columns.ts";
export { Interest, type Sight } from "./interest.ts";
export { ParallelWorld, type ParallelWorldOptions } from "./parallel-world.ts";
export { type Area, type EntityValues, Plane } from "./plane.ts";
export { type Resolve, World, type WorldOptions } from "./world.ts";
export type { WorldSize } from "./world-state.ts";
