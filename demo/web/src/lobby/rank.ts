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

/** What a rating is called. */
export function rankOf(rating: number): Rank {
  return ranks.find(({ from }) => rating >= from) ?? lowest;
}
