import { multi, players } from "m3game";
import { GateSer, SendToCli_ReqSchema } from "../gen/gate_pb.js";

/** Other apps push through `players` instead; this is how apps of the original do it. */
export const gateSer = multi(GateSer, (app) => ({
  async sendToCli(request) {
    await players(app, { gate: app.id.app }).push(String(request.roleId), SendToCli_ReqSchema, request);
    return {};
  },
}));
