import { defineApp } from "m3game";
import { clubRoleSer } from "./club-role-ser.ts";

export default defineApp({ func: "clubrole", servers: [clubRoleSer] });
