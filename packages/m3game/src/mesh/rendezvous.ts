/**
 * A consistent hash by rendezvous (highest random weight; Thaler and Ravishankar, 1998): each key belongs to the member
 * that scores highest for it, so a member that joins or leaves moves only its own keys, and every member holds about
 * the same number. Looking a key up takes a few nanoseconds for each member.
 */
export class Rendezvous {
  readonly #seeds: Int32Array;

  /** `members` are distinct; their order does not matter for who owns a key. */
  constructor(members: readonly string[]) {
    this.#seeds = Int32Array.from(members, hashText);
  }

  /** The index of the member that owns the key, -1 when there are no members. */
  owner(key: string): number {
    const seeds = this.#seeds;
    const keyHash = hashText(key);
    let best = -1;
    let bestScore = -1;
    for (let index = 0; index < seeds.length; index++) {
      // Different seeds never score the same: `mix` can be undone.
      const score = mix(keyHash ^ (seeds[index] ?? 0));
      if (score > bestScore) {
        best = index;
        bestScore = score;
      }
    }
    return best;
  }
}

/** Where a text lies between 0 and 1: texts are spread evenly. */
export function positionOf(text: string): number {
  return hashText(text) / 2 ** 32;
}

/** FNV-1a over UTF-16 code units, finished with a mixer because app ids differ in their last characters only. */
function hashText(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  return mix(hash);
}

/** The finaliser of MurmurHash3: every input bit changes half of the output bits. */
function mix(value: number): number {
  let hash = value;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
