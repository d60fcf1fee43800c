import type { Db } from "m3game";

/** One group of writes of the contract. */
export type Group = Parameters<Db["write"]>[0][number];
export type CallOptions = NonNullable<Parameters<Db["write"]>[1]>;
export type ReadOptions = NonNullable<Parameters<Db["read"]>[2]>;
