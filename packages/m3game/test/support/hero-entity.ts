import { defineEntity } from "../../src/entity/entity-definition.ts";
import { HeroFlagSchema, HeroSchema } from "./hero.ts";

export const HeroEntity = defineEntity(HeroSchema, { table: "hero", flags: HeroFlagSchema });
