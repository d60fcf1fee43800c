import { defineApp } from "m3game";
import { gateSer } from "./gate-ser.ts";
import { roles } from "./login.ts";

export default defineApp({ func: "gate", servers: [gateSer], gate: roles });
