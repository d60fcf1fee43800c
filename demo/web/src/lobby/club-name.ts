const adjectives = [
  "Iron",
  "Silent",
  "Crimson",
  "Frozen",
  "Golden",
  "Wandering",
  "Hollow",
  "Electric",
  "Velvet",
  "Broken",
  "Rising",
];
const nouns = [
  "Wolves",
  "Lanterns",
  "Comets",
  "Foxes",
  "Anvils",
  "Tides",
  "Ravens",
  "Giants",
  "Sparrows",
  "Embers",
  "Pilots",
  "Thorns",
  "Echoes",
];

/** What a club is called: the same name for the same id on every machine. The server knows clubs by their ids alone. */
export function clubName(clubId: bigint): string {
  const adjective = adjectives[Number(clubId % BigInt(adjectives.length))];
  const noun = nouns[Number(clubId % BigInt(nouns.length))];
  return `${adjective} ${noun}`;
}
