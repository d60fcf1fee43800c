import { GateMetaKey } from "../meta/gate-meta-key.ts";
import { emptyMetadata, type Metadata } from "../meta/metadata.ts";
import { canaryKey, maxCanaryLength } from "../meta/route-type.ts";

/** What of a call's metadata goes along with the calls made during it. `followed`: who follows it, see `CallTraces.mark`. */
export function baggageOf(metadata: Metadata, followed: string): Metadata {
  const canary = metadata.get(canaryKey);
  // No rule has a longer one: it would only take room.
  const isHeader = canary !== undefined && canary.length <= maxCanaryLength;
  if (!isHeader && followed === "") return emptyMetadata;
  const baggage = new Map<string, string>();
  if (isHeader) baggage.set(canaryKey, canary);
  if (followed !== "") baggage.set(GateMetaKey.followed, followed);
  return baggage;
}
