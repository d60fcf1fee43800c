import type { App, AppDefinition } from "m3game";
import { exampleRequest } from "../call/example-request.ts";

/** What is printed of an app that is ready: its id, where it is reached and a call to try. */
export function describeApp(app: App, definition: AppDefinition, callCommand: string): string {
  const lines = [`${app.id.app} is ready`];
  for (const { scheme, endpoint } of app.endpoints) lines.push(`  ${scheme.padEnd(6)} ${endpoint}`);
  const attempt = callToTry(app, definition, callCommand);
  if (attempt !== undefined) lines.push(`  try    ${attempt}`);
  return lines.map((line) => `${line}\n`).join("");
}

function callToTry({ endpoints }: App, { servers }: AppDefinition, callCommand: string): string | undefined {
  const grpc = endpoints.find(({ scheme }) => scheme === "http2");
  const method = servers[0]?.service.methods[0];
  if (grpc === undefined || method === undefined) return undefined;
  const request = JSON.stringify(exampleRequest(method.input));
  return `${callCommand} ${grpc.endpoint} ${method.parent.typeName}/${method.name} '${request}'`;
}
