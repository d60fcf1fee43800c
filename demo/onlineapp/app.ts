import { defineApp } from "m3game";
import { onlineSer } from "./online-ser.ts";

export default defineApp({ func: "online", servers: [onlineSer] });
