import { definePlugin } from "m3game";
import { http2Config } from "./config.ts";
import { createHttp2Trans } from "./trans.ts";

/**
 * Standard gRPC over HTTP/2, `[[Plugin.Trans.trans_http2]]`: for any gRPC client, with server reflection and health checks,
 * and for apps of the original. Apps that both have trans_tcp prefer that.
 */
export const transHttp2 = definePlugin({
  kind: "trans",
  name: "trans_http2",
  config: http2Config,
  create: createHttp2Trans,
});
