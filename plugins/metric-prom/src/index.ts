export { metricProm, metricProm as default } from "./metric-prom.ts";
