import { defineApp } from "m3game";
import { uidConfig } from "./uid-config.ts";
import { uidSer } from "./uid-ser.ts";

export default defineApp({ func: "uid", servers: [uidSer], config: uidConfig });
