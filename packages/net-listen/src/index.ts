export { type BoundPort, bindPort, hostPort } from "./bind-port.ts";
export { readServerTls, type ServerTls, serverTls } from "./server-tls.ts";
