import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { status } from "@grpc/grpc-js";
import { createManualClock, type ManualClock, Received } from "@m3game/testing";
import {
  HealthCheckRequestSchema,
  type HealthCheckResponse,
  HealthCheckResponseSchema,
  HealthCheckResponse_ServingStatus as ServingStatus,
} from "@m3game/trans-http2/gen/grpc/health/v1/health_pb.js";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { PlainClient } from "./support/grpc-client.ts";
import { startServer, type TestServer } from "./support/http2-trans.ts";

const { SERVING, NOT_SERVING, SERVICE_UNKNOWN } = ServingStatus;

describe("gRPC health checks", () => {
  let clock: ManualClock;
  let server: TestServer;
  let client: PlainClient;

  beforeEach(async () => {
    clock = createManualClock();
    server = await startServer({ clock });
    client = new PlainClient(server.listener.endpoint);
  });

  afterEach(async () => {
    client[Symbol.dispose]();
    await server[Symbol.asyncDispose]();
  });

  async function check(service: string): Promise<ServingStatus> {
    const request = create(HealthCheckRequestSchema, { service });
    const path = "/grpc.health.v1.Health/Check";
    return (await client.call(path, HealthCheckRequestSchema, HealthCheckResponseSchema, request)).status;
  }

  function watch(service: string): Received<ServingStatus> {
    const states = new Received<ServingStatus>();
    const stream = client.client.makeServerStreamRequest(
      "/grpc.health.v1.Health/Watch",
      (request: string) =>
        Buffer.from(toBinary(HealthCheckRequestSchema, create(HealthCheckRequestSchema, { service: request }))),
      (bytes: Buffer) => fromBinary(HealthCheckResponseSchema, bytes),
      service,
    );
    stream.on("data", (response: HealthCheckResponse) => states.listener(response.status));
    stream.on("error", () => {});
    return states;
  }

  test("server and service are SERVING while the app is ready", async () => {
    expect([await check(""), await check("m3test.EchoSer")]).toEqual([SERVING, SERVING]);
    server.host.ready = false;
    expect([await check(""), await check("m3test.EchoSer")]).toEqual([NOT_SERVING, NOT_SERVING]);
    server.host.ready = true;
    expect(await check("")).toBe(SERVING);
  });

  test("a service that is not hosted is NOT_FOUND", async () => {
    await expect(check("proto.NoSer")).rejects.toMatchObject({ code: status.NOT_FOUND });
    expect(await watch("proto.NoSer").until(() => true)).toBe(SERVICE_UNKNOWN);
  });

  test("a draining server is NOT_SERVING, to new callers too", async () => {
    server.listener.drain();
    expect(await check("")).toBe(NOT_SERVING);
  });

  test("a watcher hears of each change", async () => {
    const states = watch("");
    await states.first(1);
    server.host.ready = false;
    clock.advance(1000);
    await states.first(2);
    clock.advance(5000);
    server.host.ready = true;
    clock.advance(1000);
    await states.first(3);
    server.listener.drain();
    expect(await states.first(4)).toEqual([SERVING, NOT_SERVING, SERVING, NOT_SERVING]);
  });

  test("the timer of watchers ends with the server", async () => {
    await watch("").first(1);
    expect(clock.pending).toBe(1);
    await server[Symbol.asyncDispose]();
    expect(clock.pending).toBe(0);
  });
});
