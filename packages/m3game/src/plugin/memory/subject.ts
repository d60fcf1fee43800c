import { reasonError } from "../../meta/error.ts";

// Printable ASCII without blank, * and >.
const pattern = /^[\x21-\x29\x2b-\x3d\x3f-\x7e]+$/;

/** Throws ROUTE_INVALID when `subject` is none a broker may carry: printable ASCII without blanks, `*` or `>`. */
export function checkSubject(subject: string): void {
  if (pattern.test(subject)) return;
  throw reasonError(
    "ROUTE_INVALID",
    `subject ${JSON.stringify(subject)} is not allowed: use printable ASCII without blanks, * or >`,
  );
}
