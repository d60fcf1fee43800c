import { defineApp } from "m3game";
import { leaseOnline } from "../onlineapp/lease-online/index.ts";
import { gateSer } from "./gate-ser.ts";
import { roles } from "./login.ts";

// Which gate has which player is kept by the online apps, where the config names lease_online.
export default defineApp({ func: "gate", servers: [gateSer], gate: roles, plugins: [leaseOnline] });
