import { defineApp } from "m3game";
import { asyncSer } from "./async-ser.ts";

export default defineApp({ func: "async", servers: [asyncSer] });
