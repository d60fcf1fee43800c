import { defineApp } from "m3game";
import { clubDaemonSer } from "./club-daemon-ser.ts";
import { clubSer } from "./club-ser.ts";

export default defineApp({ func: "club", servers: [clubSer, clubDaemonSer] });
