export { type SqliteConfig, sqliteConfig } from "./config.ts";
export { type ColumnKind, columnKind, fieldType } from "./field-type.ts";
