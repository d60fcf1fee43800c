import { z } from "zod";
import type { Metadata } from "../meta/metadata.ts";
import { canaryKey, MetaKey, maxCanaryLength } from "../meta/route-type.ts";
import type { Instance } from "../plugin/router.ts";
import { positionOf } from "./rendezvous.ts";

const rule = z.object({
  version: z.string(),
  share: z.number().min(0).max(1),
  ids: z.array(z.string()),
  header: z.string().optional(),
  aborted: z.array(z.string()).default([]),
  revision: z.int().min(0),
});

/**
 * Which calls go to the instances of one version of a service, and which to the others. The instances of the service have it in
 * their entries in the registry, so that all apps know it.
 */
export interface CanaryRule {
  /** Empty: the rule is over, versions are not told apart. */
  readonly version: string;
  /** Of the keys, and of the calls without one, from 0 to 1. A key stays on its side as long as the share only grows, or only shrinks. */
  readonly share: number;
  /** Keys that go there whatever the share. */
  readonly ids: readonly string[];
  /** Calls go there whatever their key when their metadata has this value under `canary`. @default none does by its metadata */
  readonly header?: string | undefined;
  /** Actors that have run on these versions may go back to older ones. */
  readonly aborted: readonly string[];
  /** The greatest counts. */
  readonly revision: number;
}

/** True for a value that metadata can have, and a rule. */
export function isHeader(value: string): boolean {
  return value.length <= maxCanaryLength && /^[\x21-\x7e]+$/.test(value);
}

/** What an entry in the registry may hold under one key. */
const maxLength = 512;

/** The rule as an entry in the registry has it. Throws RangeError when it is too long for that, or no call could have its header. */
export function formatRule(value: CanaryRule): string {
  const { header } = value;
  if (header !== undefined && !isHeader(header)) {
    throw new RangeError(
      `no call can have this header: write 1 to ${maxCanaryLength} of A-Z a-z 0-9 and the signs of ASCII`,
    );
  }
  const text = JSON.stringify(value);
  if (text.length <= maxLength) return text;
  throw new RangeError(`the rule takes ${text.length} characters of ${maxLength}: name fewer ids`);
}

/** The newest rule that instances have, undefined when they have none. */
export function newestRule(instances: readonly Instance[]): CanaryRule | undefined {
  let newest: CanaryRule | undefined;
  // Mostly all have the same.
  const texts = new Set(instances.map(({ meta }) => meta[MetaKey.canaryRule]));
  for (const text of texts) {
    const known = parseRule(text);
    if (known !== undefined && known.revision > (newest?.revision ?? -1)) newest = known;
  }
  return newest;
}

/** True for a key whose calls go to the version of the rule. */
export function takesKey({ share, ids }: CanaryRule, key: string): boolean {
  return ids.includes(key) || positionOf(`canary ${key}`) < share;
}

/** True when the actor `id`, which has run on `version`, may go back to an older one: that was aborted, or the rule sends it elsewhere. */
export function sendsBack(rule: CanaryRule, version: string, id: string): boolean {
  if (rule.aborted.includes(version)) return true;
  // Who comes by a header is no matter of the actor's id: its calls have it or not.
  return rule.version === version && rule.header === undefined && !takesKey(rule, id);
}

/** True for a call that goes to the version of the rule whatever its key. */
export function takesMetadata({ header }: CanaryRule, metadata: Metadata): boolean {
  return header !== undefined && metadata.get(canaryKey) === header;
}

/** The rule in this text, undefined when it holds none. */
export function parseRule(text: string | undefined): CanaryRule | undefined {
  if (text === undefined) return undefined;
  try {
    return rule.parse(JSON.parse(text));
  } catch {
    // Somebody else's.
    return undefined;
  }
}
