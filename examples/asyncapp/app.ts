import { defineApp } from "m3game";
import { createAsyncSer } from "./async-ser.ts";

export default defineApp({ func: "async", servers: [createAsyncSer()] });
