import { defineApp } from "m3game";
import { fightConfig } from "./fight-config.ts";
import { fightDaemonSer } from "./fight-daemon-ser.ts";
import { fightSer } from "./fight-ser.ts";

export default defineApp({ func: "fight", servers: [fightSer, fightDaemonSer], config: fightConfig });
