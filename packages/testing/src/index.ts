export { type BrokerConformanceOptions, runBrokerConformance } from "./broker-conformance.ts";
export { createPluginContext, type LogLine, type TestPluginContext } from "./plugin-context.ts";
export { Received } from "./received.ts";
export { describeWithService, requireService } from "./require-service.ts";
export { type RouterConformanceOptions, runRouterConformance } from "./router-conformance.ts";
export type { ServiceName } from "./services/definitions.ts";
export { type LaunchedService, type LaunchOptions, launchService } from "./services/launch-service.ts";
