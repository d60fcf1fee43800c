import { Code } from "../meta/code.ts";
import { M3Error } from "../meta/error.ts";
import type { Interceptor } from "../rpc/interceptor.ts";

/** Enforces the protovalidate rules of requests. Loaded only where a service asks for it: its CEL engine is large. */
export async function requestValidator(): Promise<Interceptor> {
  const { createValidator } = await import("@bufbuild/protovalidate");
  const validator = createValidator();
  return (call, next) => {
    const result = validator.validate(call.meta.input, call.request);
    switch (result.kind) {
      case "valid":
        return next();
      case "invalid": {
        const problems = result.violations.map(String).join("; ");
        throw new M3Error(Code.INVALID_ARGUMENT, `${call.method}: ${problems}`, { reason: "BAD_REQUEST" });
      }
      case "error":
        throw result.error;
    }
  };
}
