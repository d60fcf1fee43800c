import { defineApp } from "m3game";
import { matchConfig } from "./match-config.ts";
import { matchSer } from "./match-ser.ts";

export default defineApp({ func: "match", servers: [matchSer], config: matchConfig });
