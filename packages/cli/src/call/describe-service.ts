import type { DescService } from "@bufbuild/protobuf";
import { exampleRequest } from "./example-request.ts";

/** The methods of a service, each with a request to try. */
export function describeService(service: DescService): string {
  const lines = [`service ${service.typeName}`];
  for (const { name, methodKind, input, output } of service.methods) {
    lines.push(`  ${name}(${input.typeName}) returns (${output.typeName})`);
    lines.push(methodKind === "unary" ? `    '${JSON.stringify(exampleRequest(input))}'` : "    streams");
  }
  return lines.map((line) => `${line}\n`).join("");
}
