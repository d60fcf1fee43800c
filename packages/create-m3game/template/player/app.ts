import { defineApp } from "m3game";
import { playerSer } from "./player-ser.ts";

export default defineApp({ func: "player", servers: [playerSer] });
