import { definePlugin, type Metrics, type PluginContext } from "m3game";
import { reasonError } from "m3game/internal";
import { consulUrl, type MetricPromConfig, metricPromConfig } from "./config.ts";
import { ConsulAgent, type MetricsTarget } from "./consul.ts";
import { ConsulEntry } from "./consul-entry.ts";
import { Endpoint, type Page } from "./endpoint.ts";
import { PromMetrics } from "./prom-metrics.ts";

const wildcards: readonly string[] = ["0.0.0.0", "::"];

/**
 * Metrics for Prometheus, `[[Plugin.Metric.metric_prom]]`: /metrics in its text format, /sd as its HTTP service discovery.
 * With `ConsulSvc` the endpoint is registered in Consul, and /sd lists all apps that are. /live answers while the event loop turns.
 */
export const metricProm = definePlugin({
  kind: "metric",
  name: "metric_prom",
  config: metricPromConfig,
  create: startMetrics,
});

async function startMetrics(config: MetricPromConfig, context: PluginContext): Promise<Metrics> {
  const { Host: host, Port: port, AdvertiseHost, ConsulHost, ConsulSvc: service, ConsulAppPrefix, Token } = config;
  const app = context.app.app;
  const advertised = AdvertiseHost ?? (wildcards.includes(host) ? undefined : host);
  if (service !== undefined && advertised === undefined) {
    throw reasonError(
      "CONFIG_INVALID",
      `Prometheus can't reach ${host}: set AdvertiseHost in [[Plugin.Metric.metric_prom]] to an address of this machine`,
    );
  }
  const agent = new ConsulAgent(consulUrl(ConsulHost) ?? "", Token);
  const metrics = new PromMetrics(app, context.log);
  // Who reached this machine by a name can reach it by that again.
  const here = (calledAs: string): MetricsTarget => ({ app, host: advertised ?? calledAs, port: endpoint.port });
  const pages: Record<string, Page> = {
    "/metrics": async () => ({ type: metrics.contentType, body: await metrics.text() }),
    "/sd": async (calledAs) => ({
      type: "application/json",
      body: discoveryDocument(service === undefined ? [here(calledAs)] : await agent.targets(service)),
    }),
    "/live": async () => ({ type: "text/plain", body: "alive\n" }),
  };
  const endpoint = await Endpoint.listen({ host, port, pages });
  await using stack = new AsyncDisposableStack();
  stack.use(metrics);
  stack.use(endpoint);
  if (service !== undefined) {
    const entry = { agent, service, id: `${ConsulAppPrefix}${app}`, target: here("") };
    stack.use(await ConsulEntry.make(entry, context));
  }
  context.log.info("metrics", { endpoint: `${host}:${endpoint.port}` });
  const started = stack.move();
  let disposal: Promise<void> | undefined;
  return {
    counter: (options) => metrics.counter(options),
    gauge: (options) => metrics.gauge(options),
    histogram: (options) => metrics.histogram(options),
    summary: (options) => metrics.summary(options),
    onCollect: (listener) => metrics.onCollect(listener),
    [Symbol.asyncDispose]() {
      disposal ??= started.disposeAsync();
      return disposal;
    },
  };
}

/** What Prometheus's `http_sd_configs` wants. */
function discoveryDocument(targets: readonly MetricsTarget[]): string {
  const entries = targets.map(({ app, host, port }) => {
    const [env = "", world = "", func = ""] = app.split(".");
    return {
      targets: [`${host.includes(":") ? `[${host}]` : host}:${port}`],
      labels: { __meta_m3_app: app, env, world, func },
    };
  });
  return JSON.stringify(entries);
}
