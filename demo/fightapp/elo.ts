/** The most that one fight changes a rating. */
const most = 32;
const scale = 400;

/** How a fight changes the rating of each side's members, by Elo: what was expected hardly, a surprise much. `winner` -1: a draw. */
export function ratingChanges(ratings: readonly number[], winner: number): readonly number[] {
  return ratings.map((own, side) => {
    const others = ratings.filter((_, other) => other !== side);
    const expected = mean(others.map((other) => 1 / (1 + 10 ** ((other - own) / scale))));
    const score = winner < 0 ? 0.5 : Number(side === winner);
    return Math.round(most * (score - expected));
  });
}

export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
