import { defineApp } from "m3game";
import { roleSer } from "./role-ser.ts";

export default defineApp({ func: "role", servers: [roleSer] });
