import { transHttp2 } from "./trans-http2.ts";

export { transHttp2 };
export default transHttp2;
