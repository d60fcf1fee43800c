import { create } from "@bufbuild/protobuf";
import fc from "fast-check";
import { type Gear, GearSchema, type Hero } from "./hero.ts";

/** One change of a hero, as data: applied to two heroes that are equal it leaves them equal. */
export type Mutation =
  | {
      readonly kind: "scalar";
      readonly field: "name" | "level" | "gold" | "ratio" | "alive" | "nick";
      readonly seed: number;
    }
  | {
      readonly kind: "bytes";
      readonly path: readonly number[];
      readonly how: "replace" | "poke" | "clear";
      readonly seed: number;
    }
  | { readonly kind: "gear"; readonly path: readonly number[]; readonly how: GearChange; readonly seed: number }
  | { readonly kind: "hero"; readonly how: HeroChange; readonly seed: number };

const gearChanges = [
  "rename",
  "power",
  "secret",
  "addPart",
  "removePart",
  "reverse",
  "inner",
  "dropInner",
  "put",
  "take",
] as const;
type GearChange = (typeof gearChanges)[number];

const heroChanges = [
  "newGear",
  "dropGear",
  "pushBag",
  "spliceBag",
  "sortBag",
  "score",
  "dropScores",
  "slot",
  "dropSlot",
  "count",
  "dropCount",
  "dropNick",
  "text",
  "number",
  "item",
  "dropExtra",
  "aliasGear",
  "aliasBag",
  "aliasBytes",
] as const;
type HeroChange = (typeof heroChanges)[number];

const seed = fc.integer({ min: 0, max: 50 });
const path = fc.array(fc.nat(5), { maxLength: 4 });

export const mutations: fc.Arbitrary<Mutation> = fc.oneof(
  fc.record({
    kind: fc.constant("scalar" as const),
    field: fc.constantFrom("name", "level", "gold", "ratio", "alive", "nick"),
    seed,
  }),
  fc.record({ kind: fc.constant("bytes" as const), path, how: fc.constantFrom("replace", "poke", "clear"), seed }),
  fc.record({ kind: fc.constant("gear" as const), path, how: fc.constantFrom(...gearChanges), seed }),
  fc.record({ kind: fc.constant("hero" as const), how: fc.constantFrom(...heroChanges), seed }),
);

const texts = ["", "a", "Guan Yü", "𐍈", "x".repeat(300)];
const ratios = [0, -0, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 5e-324];
const longs = [0n, 1n, 2n ** 53n + 1n, 2n ** 63n - 1n];
const pick = <T>(list: readonly [T, ...T[]] | readonly T[], at: number, fallback: T): T =>
  list[at % list.length] ?? fallback;
const text = (at: number) => pick(texts, at, "");
const long = (at: number) => pick(longs, at, 0n);

export function mutate(hero: Hero, mutation: Mutation): void {
  switch (mutation.kind) {
    case "scalar":
      return setScalar(hero, mutation.field, mutation.seed);
    case "bytes":
      return changeBytes(gearAt(hero, mutation.path) ?? hero, mutation.how, mutation.seed);
    case "gear": {
      const gear = gearAt(hero, mutation.path);
      return gear && changeGear(gear, mutation.how, mutation.seed);
    }
    case "hero":
      return changeHero(hero, mutation.how, mutation.seed);
  }
}

function setScalar(hero: Hero, field: "name" | "level" | "gold" | "ratio" | "alive" | "nick", at: number): void {
  switch (field) {
    case "level":
      hero.level = at % 3 === 0 ? -at - 1 : at;
      return;
    case "gold":
      hero.gold = at % 5 === 0 ? 2n ** 64n - 1n : long(at);
      return;
    case "ratio":
      hero.ratio = pick(ratios, at, 0);
      return;
    case "alive":
      hero.alive = at % 2 === 0;
      return;
    default:
      hero[field] = text(at);
  }
}

/** A gear somewhere in the hero: the path goes down from its gear, its bag, its slots or its item. */
function gearAt(hero: Hero, [first = 0, ...path]: readonly number[]): Gear | undefined {
  const roots = [
    hero.gear,
    ...hero.bag,
    ...Object.values(hero.slots),
    ...(hero.extra.case === "item" ? [hero.extra.value] : []),
  ];
  let gear = roots[first % Math.max(1, roots.length)];
  for (const step of path) {
    if (gear === undefined) return undefined;
    const below: (Gear | undefined)[] = [gear.inner, ...gear.parts, ...Object.values(gear.named)];
    gear = below[step % below.length] ?? gear;
  }
  return gear;
}

function changeBytes(owner: Hero | Gear, how: "replace" | "poke" | "clear", at: number): void {
  const current = owner.$typeName === "m3test.Hero" ? owner.blob : owner.data;
  if (how === "poke") {
    if (current.length > 0) current[at % current.length] = at;
    return;
  }
  const next = how === "clear" ? new Uint8Array(0) : new Uint8Array(at).fill(at);
  if (owner.$typeName === "m3test.Hero") owner.blob = next;
  else owner.data = next;
}

function changeGear(gear: Gear, how: GearChange, at: number): void {
  switch (how) {
    case "rename":
      gear.name = text(at);
      return;
    case "power":
      gear.power = at % 2 === 0 ? -long(at) - 1n : long(at);
      return;
    case "secret":
      gear.secret = text(at);
      return;
    case "addPart":
      gear.parts.push(newGear(at));
      return;
    case "removePart":
      gear.parts.splice(at % (gear.parts.length + 1), 1);
      return;
    case "reverse":
      gear.parts.reverse();
      return;
    case "inner":
      gear.inner = newGear(at);
      return;
    case "dropInner":
      delete gear.inner;
      return;
    case "put":
      gear.named[text(at)] = newGear(at);
      return;
    case "take":
      delete gear.named[text(at)];
  }
}

function changeHero(hero: Hero, how: HeroChange, at: number): void {
  switch (how) {
    case "newGear":
      hero.gear = newGear(at);
      return;
    case "dropGear":
      delete hero.gear;
      return;
    case "pushBag":
      hero.bag.push(newGear(at));
      return;
    case "spliceBag":
      hero.bag.splice(at % (hero.bag.length + 1), 1, newGear(at + 1));
      return;
    case "sortBag":
      hero.bag = hero.bag.toSorted((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
      return;
    case "score":
      hero.scores.push(at - 25);
      return;
    case "dropScores":
      hero.scores.length = 0;
      return;
    case "slot":
      hero.slots[text(at)] = newGear(at);
      return;
    case "dropSlot":
      delete hero.slots[text(at)];
      return;
    case "count":
      hero.counts[(at % 4) - 2] = long(at);
      return;
    case "dropCount":
      delete hero.counts[(at % 4) - 2];
      return;
    case "dropNick":
      delete hero.nick;
      return;
    case "text":
      hero.extra = { case: "text", value: text(at) };
      return;
    case "number":
      hero.extra = { case: "number", value: (at % 3) - 1 };
      return;
    case "item":
      hero.extra = { case: "item", value: newGear(at) };
      return;
    case "dropExtra":
      hero.extra = { case: undefined };
      return;
    case "aliasGear":
      if (hero.gear !== undefined) hero.slots.alias = hero.gear;
      return;
    case "aliasBag": {
      const [gear] = hero.bag;
      if (gear !== undefined) hero.extra = { case: "item", value: gear };
      return;
    }
    case "aliasBytes":
      if (hero.gear !== undefined) hero.blob = hero.gear.data;
  }
}

function newGear(at: number): Gear {
  return create(GearSchema, { name: text(at), power: long(at), data: new Uint8Array(at % 7).fill(at) });
}
