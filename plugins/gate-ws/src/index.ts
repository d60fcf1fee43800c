import { gateWs } from "./gate-ws.ts";

export { gateWs };
export default gateWs;
