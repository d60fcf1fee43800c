/** The closed set of error codes: gRPC's, with gRPC's numbers. */
export const Code = {
  CANCELLED: 1,
  UNKNOWN: 2,
  INVALID_ARGUMENT: 3,
  DEADLINE_EXCEEDED: 4,
  NOT_FOUND: 5,
  ALREADY_EXISTS: 6,
  PERMISSION_DENIED: 7,
  RESOURCE_EXHAUSTED: 8,
  FAILED_PRECONDITION: 9,
  ABORTED: 10,
  OUT_OF_RANGE: 11,
  UNIMPLEMENTED: 12,
  INTERNAL: 13,
  UNAVAILABLE: 14,
  DATA_LOSS: 15,
  UNAUTHENTICATED: 16,
} as const;

/** The number of an error code. */
export type Code = (typeof Code)[keyof typeof Code];
/** The name of an error code, as gRPC has it: `NOT_FOUND`. */
export type CodeName = keyof typeof Code;

const names = new Map<number, CodeName>(Object.entries(Code).map(([name, code]) => [code, name as CodeName]));

/** The name of a code, `UNKNOWN` for a number that is none. */
export function codeName(code: number): CodeName {
  return names.get(code) ?? "UNKNOWN";
}

/** The code with this number, `Code.UNKNOWN` for a number that is none. */
export function toCode(value: number): Code {
  return Code[codeName(value)];
}
