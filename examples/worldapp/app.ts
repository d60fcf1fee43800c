import { defineApp } from "m3game";
import { worldSer } from "./world-ser.ts";

export default defineApp({ func: "world", servers: [worldSer] });
