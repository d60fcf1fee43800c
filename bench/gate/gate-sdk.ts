import { gateSubject } from "./gate-subject.ts";
import { sdkCalls } from "./sdk-client.ts";

export const subject = gateSubject(sdkCalls);
