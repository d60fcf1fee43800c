import { create } from "@bufbuild/protobuf";
import {
  type Server,
  type ServerUnaryCall,
  type ServerWritableStream,
  type sendUnaryData,
  status,
} from "@grpc/grpc-js";
import type { Clock, Timer, TransHost } from "m3game";
import {
  Health,
  type HealthCheckRequest,
  HealthCheckRequestSchema,
  type HealthCheckResponse,
  HealthCheckResponseSchema,
  HealthCheckResponse_ServingStatus as ServingStatus,
} from "../gen/grpc/health/v1/health_pb.js";
import { decoder, encoder } from "./message-codec.ts";

type WatchStream = ServerWritableStream<HealthCheckRequest, HealthCheckResponse>;

// Nobody tells when an app gets ready or stops being so: watchers hear of it this much later at most.
const watchIntervalMs = 1000;

/**
 * Serves gRPC health checking: the whole server (an empty name) and each of its services are SERVING while the app takes
 * new work. Disposing ends its watchers.
 */
export class HealthService implements Disposable {
  readonly #host: TransHost;
  readonly #clock: Clock;
  readonly #watchers = new Map<WatchStream, ServingStatus>();
  #timer: Timer | undefined;
  #draining = false;

  constructor(host: TransHost, clock: Clock) {
    this.#host = host;
    this.#clock = clock;
  }

  /** Adds the service to `server`. Returns the methods it added. */
  addTo(server: Server): readonly string[] {
    const encode = encoder(HealthCheckResponseSchema);
    const decode = decoder(HealthCheckRequestSchema);
    const check = (
      call: ServerUnaryCall<HealthCheckRequest, HealthCheckResponse>,
      answer: sendUnaryData<HealthCheckResponse>,
    ) => this.#check(call.request.service, answer);
    const paths = [`/${Health.typeName}/Check`, `/${Health.typeName}/Watch`] as const;
    server.register(paths[0], check, encode, decode, "unary");
    server.register(paths[1], (stream: WatchStream) => this.#watch(stream), encode, decode, "serverStream");
    return paths;
  }

  /** From now on nothing is SERVING. */
  drain(): void {
    this.#draining = true;
    this.#update();
  }

  [Symbol.dispose](): void {
    this.#timer?.cancel();
    for (const stream of this.#watchers.keys()) stream.end();
    this.#watchers.clear();
  }

  #status(service: string): ServingStatus {
    if (service !== "" && !this.#host.services.some((hosted) => hosted.typeName === service)) {
      return ServingStatus.SERVICE_UNKNOWN;
    }
    return !this.#draining && this.#host.isReady() ? ServingStatus.SERVING : ServingStatus.NOT_SERVING;
  }

  #check(service: string, answer: sendUnaryData<HealthCheckResponse>): void {
    const current = this.#status(service);
    if (current === ServingStatus.SERVICE_UNKNOWN) {
      answer({ code: status.NOT_FOUND, details: `service "${service}" is not hosted here` });
    } else {
      answer(null, create(HealthCheckResponseSchema, { status: current }));
    }
  }

  #watch(stream: WatchStream): void {
    const current = this.#status(stream.request.service);
    this.#watchers.set(stream, current);
    stream.on("cancelled", () => this.#watchers.delete(stream));
    stream.write(create(HealthCheckResponseSchema, { status: current }));
    this.#timer ??= this.#clock.after(watchIntervalMs, () => this.#tick());
  }

  #tick(): void {
    this.#timer = undefined;
    if (this.#watchers.size === 0) return;
    this.#update();
    this.#timer = this.#clock.after(watchIntervalMs, () => this.#tick());
  }

  #update(): void {
    for (const [stream, last] of this.#watchers) {
      const current = this.#status(stream.request.service);
      if (current === last) continue;
      this.#watchers.set(stream, current);
      stream.write(create(HealthCheckResponseSchema, { status: current }));
    }
  }
}
