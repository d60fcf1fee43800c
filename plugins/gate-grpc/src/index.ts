import { gateGrpc } from "./gate-grpc.ts";

export { gateGrpc };
export default gateGrpc;
