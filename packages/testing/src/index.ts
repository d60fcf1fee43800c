export { type BrokerConformanceOptions, runBrokerConformance } from "./broker-conformance.ts";
export { type Certificates, hasOpenssl, makeCertificates } from "./certificates.ts";
export { type DbConformanceOptions, runDbConformance } from "./db-conformance.ts";
export { createFaultyDb, type FaultyDb, type HeldWrite } from "./db-conformance-faults.ts";
export { type DbServerFaultsOptions, runDbServerFaults } from "./db-server-faults.ts";
export {
  decodeGateMessage,
  encodeGateMessage,
  gateAppStarter,
  gateHello,
  type StartGateApp,
} from "./gate/gate-app.ts";
export type { GateClient, GateEnd } from "./gate/gate-client.ts";
export { type GateConformanceOptions, runGateConformance } from "./gate-conformance.ts";
export { acquireWhenFree } from "./lease/acquire-when-free.ts";
export { OwnerProcess, type OwnerProcessOptions } from "./lease/owner-process.ts";
export { ownershipStarter, type StartedOwnership } from "./lease/ownership-starter.ts";
export { type LeaseConformanceOptions, runLeaseConformance } from "./lease-conformance.ts";
export { type LeaseAdmin, type LeaseFaultsOptions, runLeaseFaults } from "./lease-faults.ts";
export { type LogConformanceOptions, runLogConformance, type WrittenLine } from "./log-conformance.ts";
export { createManualClock, type ManualClock } from "./manual-clock.ts";
export { type MetricConformanceOptions, runMetricConformance } from "./metric-conformance.ts";
export { type MetricSample, sampleValue } from "./metric-sample.ts";
export {
  createPluginContext,
  type LogLine,
  type TestPluginContext,
  type TestPluginContextOptions,
} from "./plugin-context.ts";
export { Received } from "./received.ts";
export { RecordingMetrics } from "./recording-metrics.ts";
export { type RecordedSpan, RecordingTracer } from "./recording-tracer.ts";
export { describeWithService, requireService } from "./require-service.ts";
export { describeWithTool } from "./require-tool.ts";
export { type RouterConformanceOptions, runRouterConformance } from "./router-conformance.ts";
export {
  runScriptConformance,
  type ScriptConformanceOptions,
  type ScriptsUnderTest,
  type ScriptTexts,
} from "./script-conformance.ts";
export type { ServiceName } from "./services/definitions.ts";
export { type LaunchedService, type LaunchOptions, launchService } from "./services/launch-service.ts";
export {
  runShapeConformance,
  type ShapeConformanceOptions,
  type ShapeTestRule,
  type ShapeUnderTest,
} from "./shape-conformance.ts";
export { TcpProxy } from "./tcp-proxy.ts";
export { type DeliveredSpan, runTraceConformance, type TraceConformanceOptions } from "./trace-conformance.ts";
export { echoMethod } from "./trans/echo-service.ts";
export { echo, RecordingHost } from "./trans/recording-host.ts";
export { TestCall } from "./trans/test-call.ts";
export { TestLink } from "./trans/test-link.ts";
export { runTransConformance, type TransConformanceOptions } from "./trans-conformance.ts";
