export {
  isServiceName,
  type ServiceDefinition,
  type ServiceName,
  serviceDefinitions,
  serviceNames,
} from "./services/definitions.ts";
export { EtcdCluster } from "./services/etcd-cluster.ts";
export { EtcdSnapshot } from "./services/etcd-snapshot.ts";
export { findFaketime } from "./services/find-faketime.ts";
export { findProgram, type Program } from "./services/find-program.ts";
export { findFreePort, findFreePorts } from "./services/free-ports.ts";
export { type LaunchedService, type LaunchOptions, launchService } from "./services/launch-service.ts";
export { type ServerProcessOptions, startServer } from "./services/server-process.ts";
export { findServicesDir, readServiceAddresses } from "./services/services-dir.ts";
export { findTool, isToolName, type ToolName, toolNames } from "./services/tools.ts";
