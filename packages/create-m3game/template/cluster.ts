import type { ClusterMember } from "m3game";
import gateApp from "./gate/app.ts";
import playerApp from "./player/app.ts";

/** All apps in one process, as `npm start` runs them. */
export default [
  { app: playerApp, id: "dev.world1.player.1", config: "config/player.toml" },
  { app: gateApp, id: "dev.world1.gate.1", config: "config/gate.toml" },
] satisfies readonly ClusterMember[];
