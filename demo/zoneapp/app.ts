import { defineApp } from "m3game";
import { zoneSer } from "./zone-ser.ts";

export default defineApp({ func: "zone", servers: [zoneSer] });
