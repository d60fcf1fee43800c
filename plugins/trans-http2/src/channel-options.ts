import type { ChannelOptions } from "@grpc/grpc-js";
import type { Http2Config } from "./config.ts";

/** Later deadlines don't fit the timers of grpc-js. */
export const maxTimerMs = 2 ** 31 - 1;

/** How often both sides ping, and how long they wait for the answer. */
function keepaliveOptions(config: Http2Config): ChannelOptions {
  if (config.KeepAliveMs === 0) return {};
  return {
    "grpc.keepalive_time_ms": config.KeepAliveMs,
    "grpc.keepalive_timeout_ms": Math.ceil(config.KeepAliveMs / 2),
    "grpc.keepalive_permit_without_calls": 1,
  };
}

/** The grpc-js options of a link. */
export function linkOptions(config: Http2Config): ChannelOptions {
  return {
    // A connection of its own, not one shared with every other link of the process.
    "grpc.use_local_subchannel_pool": 1,
    "grpc.enable_channelz": 0,
    "grpc.enable_http_proxy": 0,
    "grpc.service_config_disable_resolution": 1,
    // The runtime decides what may be sent again.
    "grpc.enable_retries": 0,
    "grpc.client_idle_timeout_ms": maxTimerMs,
    "grpc.initial_reconnect_backoff_ms": 100,
    "grpc.max_reconnect_backoff_ms": 5000,
    "grpc.max_receive_message_length": config.MaxMessageBytes,
    "grpc.max_send_message_length": -1,
    ...keepaliveOptions(config),
  };
}

/** The grpc-js options of a listener. */
export function listenerOptions(config: Http2Config): ChannelOptions {
  return {
    "grpc.enable_channelz": 0,
    "grpc.max_receive_message_length": config.MaxMessageBytes,
    "grpc.max_send_message_length": -1,
    "grpc.max_concurrent_streams": config.MaxInFlight,
    ...keepaliveOptions(config),
  };
}
