import { create, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import { describe, expect, test } from "vitest";
import { HeroEntity } from "../../test/support/entity-world.ts";
import { HeroSchema } from "../../test/support/hero.ts";
import { createOf, deleteOf, type RowWrite, readOutcome } from "./row-write.ts";

const message = (init: MessageInitShape<typeof HeroSchema>) => create(HeroSchema, init);
const row = (version: bigint, level: number) => ({ version, message: message({ id: 1n, level }) });
const after = toBinary(HeroSchema, message({ id: 1n, level: 2 }));
const update: RowWrite = { kind: "update", after, fields: [], base: 5n };

describe("readOutcome", () => {
  test.each([
    ["an update, and the row is as it writes it", update, row(6n, 2), "written", "unknown"],
    ["an update, and the next version is another's", update, row(6n, 3), "conflict", "conflict"],
    ["an update, and others came later", update, row(7n, 2), "conflict", "unknown"],
    ["an update, and the row is gone", update, undefined, "conflict", "unknown"],
    ["a create, and the row is as it writes it", createOf(after), row(9n, 2), "written", "unknown"],
    ["a create, and the row is another", createOf(after), row(9n, 3), "conflict", "unknown"],
    ["a delete, and the row is gone", deleteOf(5n), undefined, "written", "written"],
    ["a delete, and there is a row", deleteOf(5n), row(6n, 2), "conflict", "conflict"],
  ] as const)("%s", (_case, write, found, alone, amongOthers) => {
    expect(readOutcome(HeroEntity, write, found, true)).toBe(alone);
    expect(readOutcome(HeroEntity, write, found, false)).toBe(amongOthers);
  });

  test("a store may give a map back in another order", () => {
    const [one, two] = [{ slots: { a: {}, b: {} } }, { slots: { b: {}, a: {} } }];
    const write = createOf(toBinary(HeroSchema, message(one)));
    expect(readOutcome(HeroEntity, write, { version: 1n, message: message(two) }, true)).toBe("written");
  });
});
