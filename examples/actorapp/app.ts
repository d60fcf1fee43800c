import { defineApp } from "m3game";
import { actorRegSer } from "./actor-reg-ser.ts";
import { actorSer } from "./actor-ser.ts";
import { titles } from "./titles.ts";

export default defineApp({ func: "actor", servers: [actorRegSer, actorSer], resources: [titles] });
