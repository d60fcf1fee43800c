export interface Rank {
  readonly name: string;
  readonly color: string;
}

const ranks: readonly (Rank & { readonly from: number })[] = [
  { from: 1400, name: "Diamond", color: "#7dd3fc" },
  { from: 1250, name: "Platinum", color: "#5eead4" },
  { from: 1100, name: "Gold", color: "#fbbf24" },
  { from: 950, name: "Silver", color: "#cbd5e1" },
];

const lowest: Rank = { name: "Bronze", color: "#d9946c" };

/** How far a rating is on its way to the next rank, 0 to 1; undefined at the highest one. */
export function nextRank(
  rating: number,
): { readonly rank: Rank; readonly at: number; readonly share: number } | undefined {
  const above = ranks.filter(({ from }) => from > rating).at(-1);
  if (above === undefined) return undefined;
  const below = ranks.find(({ from }) => from <= rating)?.from ?? above.from - 150;
  return { rank: above, at: above.from, share: Math.max(0, (rating - below) / (above.from - below)) };
}

/** What a rating is called. */
export function rankOf(rating: number): Rank {
  return ranks.find(({ from }) => rating >= from) ?? lowest;
}
