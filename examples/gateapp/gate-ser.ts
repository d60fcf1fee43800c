import { isM3Error, multi, players } from "m3game";
import { GateSer, SendToCli_ReqSchema } from "../gen/gate_pb.js";

/** Pushes to the players of this gate. Any app may also push by itself: `players(ctx).push(…)`. */
export const gateSer = multi(GateSer, {
  async sendToCli(req, ctx) {
    try {
      await players(ctx, { gate: ctx.app.app }).push(req.playerId, SendToCli_ReqSchema, req);
    } catch (error) {
      if (!isM3Error(error) || error.reason !== "PLAYER_OFFLINE") throw error;
      ctx.log.info("nobody heard it", { player: req.playerId });
    }
    return {};
  },
});
