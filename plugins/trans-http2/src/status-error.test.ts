import { Metadata } from "@grpc/grpc-js";
import { expect, test } from "vitest";
import { statusError } from "./status-error.ts";

const none = new Metadata();
const answer = new Metadata();
answer.set("content-type", "application/grpc");

test.each([
  [14, "No connection established. Last error: Error: connect ECONNREFUSED 127.0.0.1:1."],
  [14, "Name resolution failed for target dns:nowhere:1"],
  [14, "Failed to parse DNS address dns:nothing"],
  [14, "Channel closed before call started"],
  [14, "Stream refused by server"],
  [13, "Failed to start HTTP/2 stream with error The session has been destroyed"],
])("%i %s, made up by grpc-js, was certainly not sent", (code, details) => {
  expect(statusError({ code, details, metadata: none, answered: false })).toMatchObject({
    reason: "NO_CONNECTION",
    notExecuted: true,
  });
});

test.each([
  [14, "No connection established"],
  [14, "Channel closed before call started"],
])("%i %s, sent by the peer, says nothing of this call", (code, details) => {
  for (const failed of [
    { metadata: answer, answered: false },
    { metadata: none, answered: true },
  ]) {
    const error = statusError({ code, details, ...failed });
    expect(error).toMatchObject({ code, message: details, reason: "", notExecuted: false });
  }
});

test.each([
  [14, "Connection dropped"],
  [14, "read ECONNRESET"],
  [1, "Call cancelled"],
  [13, "Received RST_STREAM with code 2 (Internal server error)"],
  [14, "something that a later version of grpc-js says"],
])("%i %s, made up by grpc-js, leaves the outcome unknown", (code, details) => {
  expect(statusError({ code, details, metadata: none, answered: false })).toMatchObject({
    reason: "UNKNOWN_OUTCOME",
    notExecuted: false,
  });
});

test("a connection that broke within the answer leaves the outcome unknown", () => {
  const failed = { code: 14, details: "Connection dropped", metadata: none, answered: true };
  expect(statusError(failed)).toMatchObject({ reason: "UNKNOWN_OUTCOME" });
});

test("a code that gRPC does not have is UNKNOWN", () => {
  expect(statusError({ code: 77, details: "?", metadata: answer, answered: false }).code).toBe(2);
});
