export { RemoteServer, type RemoteServerOptions } from "./call/remote-server.ts";
export { ExitCode, type Output, type SignalSource } from "./command.ts";
export { describeError } from "./describe-error.ts";
export { describeApp } from "./host/describe-app.ts";
export { type HostedApps, type HostOptions, hostApps } from "./host/host-apps.ts";
export { type StartClusterFileOptions, startClusterFile } from "./host/start-cluster-file.ts";
export { type Installed, type InstalledPlugin, installedPlugins } from "./load/installed-plugins.ts";
export { loadCluster } from "./load/load-cluster.ts";
