import { defineApp } from "m3game";
import { leaseOnline } from "../onlineapp/lease-online/index.ts";
import { roleFightSer } from "./role-fight-ser.ts";
import { roleSer } from "./role-ser.ts";

// Which app has which role is kept by the online apps, where the config names lease_online.
export default defineApp({ func: "role", servers: [roleSer, roleFightSer], plugins: [leaseOnline] });
