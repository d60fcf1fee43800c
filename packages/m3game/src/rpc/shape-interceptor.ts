import type { Message } from "@bufbuild/protobuf";
import type { Shape, ShapePermit } from "../plugin/shape.ts";
import type { Interceptor, MaybePromise } from "./interceptor.ts";

/** Has the plugin's rules decide whether a call runs, and when, and tells it how the call ended. */
export function shapeInterceptor(shape: Shape): Interceptor {
  return (call, next) => {
    const permit = shape.enter(call);
    return permit instanceof Promise ? permit.then((waited) => run(waited, next)) : run(permit, next);
  };
}

function run(permit: ShapePermit | undefined, next: () => MaybePromise<Message>): MaybePromise<Message> {
  if (permit === undefined) return next();
  let response: MaybePromise<Message>;
  try {
    response = next();
  } catch (error) {
    permit.exit(error);
    throw error;
  }
  if (response instanceof Promise) {
    response.then(
      () => permit.exit(),
      (error) => permit.exit(error),
    );
  } else {
    permit.exit();
  }
  return response;
}
