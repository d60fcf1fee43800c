/**
 * A consistent hash by rendezvous (highest random weight; Thaler and Ravishankar, 1998): each key belongs to the member
 * that scores highest for it, so a member that joins or leaves moves only its own keys, and every member holds about
 * the same number. Looking a key up takes a few nanoseconds for each member.
 */
export class Rendezvous {
  readonly #seeds: readonly number[];

  /** `members` are distinct; their order does not matter for who owns a key. */
  constructor(members: readonly string[]) {
    this.#seeds = members.map(hashText);
  }

  /** The index of the member that owns the key, -1 when there are no members. */
  owner(key: string): number {
    const keyHash = hashText(key);
    let best = -1;
    let bestScore = -1;
    let bestSeed = 0;
    for (let index = 0; index < this.#seeds.length; index++) {
      const seed = this.#seeds[index] ?? 0;
      const score = mix(keyHash ^ seed);
      // Equal scores are rare but must fall the same way whatever the order of the members.
      if (score > bestScore || (score === bestScore && seed > bestSeed)) {
        best = index;
        bestScore = score;
        bestSeed = seed;
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
