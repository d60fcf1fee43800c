import type { Message } from "@bufbuild/protobuf";
import { enumDesc, type GenEnum, type GenMessage, messageDesc } from "@bufbuild/protobuf/codegenv2";
import { compileEntityFile } from "./entity-file.ts";

/** The flags of Hero. */
export const HeroFlag = {
  id: 1,
  name: 2,
  level: 3,
  gold: 4,
  ratio: 5,
  alive: 6,
  blob: 7,
  gear: 8,
  bag: 9,
  scores: 10,
  slots: 11,
  counts: 12,
  nick: 13,
  text: 14,
  number: 15,
  item: 16,
} as const;
export type HeroFlag = (typeof HeroFlag)[keyof typeof HeroFlag];

/** The views of Hero: what everybody sees, and what friends see. */
export const HeroView = { BRIEF: 1, FRIEND: 2 } as const;
export type HeroView = (typeof HeroView)[keyof typeof HeroView];

const { file } = compileEntityFile(
  {
    Hero: {
      id: { number: 1, type: "int64", flag: "HERO_ID", primary: true, wflag: "BRIEF,FRIEND" },
      name: { number: 2, type: "string", flag: "HERO_NAME", wflag: "BRIEF, FRIEND" },
      level: { number: 3, type: "int32", flag: "HERO_LEVEL", wflag: "FRIEND" },
      gold: { number: 4, type: "uint64", flag: "HERO_GOLD" },
      ratio: { number: 5, type: "double", flag: "HERO_RATIO" },
      alive: { number: 6, type: "bool", flag: "HERO_ALIVE" },
      blob: { number: 7, type: "bytes", flag: "HERO_BLOB", wflag: "FRIEND" },
      gear: { number: 8, type: "Gear", flag: "HERO_GEAR" },
      bag: { number: 9, type: "Gear", label: "repeated", flag: "HERO_BAG" },
      scores: { number: 10, type: "int32", label: "repeated", flag: "HERO_SCORES", wflag: "FRIEND" },
      slots: { number: 11, type: "Gear", mapKey: "string", flag: "HERO_SLOTS" },
      counts: { number: 12, type: "int64", mapKey: "int32", flag: "HERO_COUNTS" },
      nick: { number: 13, type: "string", label: "optional", flag: "HERO_NICK" },
      text: { number: 14, type: "string", oneof: "extra", flag: "HERO_TEXT" },
      number: { number: 15, type: "sint32", oneof: "extra", flag: "HERO_NUMBER" },
      item: { number: 16, type: "Gear", oneof: "extra", flag: "HERO_ITEM", wflag: "FRIEND" },
    },
    Gear: {
      name: { number: 1, type: "string", wflag: "BRIEF" },
      power: { number: 2, type: "int64" },
      secret: { number: 3, type: "string", bflag: "BRIEF,FRIEND" },
      parts: { number: 4, type: "Gear", label: "repeated" },
      inner: { number: 5, type: "Gear" },
      named: { number: 6, type: "Gear", mapKey: "string" },
      data: { number: 7, type: "bytes" },
    },
  },
  {
    HeroFlag: Object.fromEntries([
      ["HERO_NONE", 0],
      ...Object.entries(HeroFlag).map(([name, number]) => [`HERO_${name.toUpperCase()}`, number]),
    ]),
    HeroView: { VIEW_NONE: 0, ...HeroView },
  },
);

export type Gear = Message<"m3test.Gear"> & {
  name: string;
  power: bigint;
  secret: string;
  parts: Gear[];
  inner?: Gear;
  named: { [key: string]: Gear };
  data: Uint8Array;
};

export type Hero = Message<"m3test.Hero"> & {
  id: bigint;
  name: string;
  level: number;
  gold: bigint;
  ratio: number;
  alive: boolean;
  blob: Uint8Array;
  gear?: Gear;
  bag: Gear[];
  scores: number[];
  slots: { [key: string]: Gear };
  counts: { [key: number]: bigint };
  nick?: string;
  extra:
    | { case: "text"; value: string }
    | { case: "number"; value: number }
    | { case: "item"; value: Gear }
    | { case: undefined; value?: undefined };
};

/** An entity with every kind of field. Its messages hold themselves. */
export const HeroSchema: GenMessage<Hero> = messageDesc(file, 0);
export const GearSchema: GenMessage<Gear> = messageDesc(file, 1);
export const HeroFlagSchema: GenEnum<HeroFlag> = enumDesc(file, 0);
export const HeroViewSchema: GenEnum<HeroView> = enumDesc(file, 1);
