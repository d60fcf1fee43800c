/** The metadata keys by which a callee knows whose call it is, and knows it again. Clients can't set them. */
export const GateMetaKey = {
  /** The player, as the gate knows it from the login. */
  player: "gate-player",
  /** The client's session, the same over all its connections. */
  session: "gate-session",
  /** The call's number in it. */
  sequence: "gate-sequence",
  /** "1": another gate may have sent the call already. */
  repeat: "gate-repeat",
  /** Set by the first app that hands the call on: what it knows the call by if it comes back. */
  handedOn: "gate-handed-on",
  /** Ids whose calls operators follow, this one among them, and it travels on with all calls that are made on its behalf. */
  followed: "gate-followed",
} as const;

/** True for keys that no client sets. */
export function isGateMetaKey(key: string): boolean {
  return key.startsWith("gate-");
}
