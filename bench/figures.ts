/** What a measurement found: for people, for programs, and which goals were missed, in words. */
export interface Figures {
  readonly text: readonly string[];
  readonly json: Readonly<Record<string, unknown>>;
  readonly missed: readonly string[];
}

/** The middle of several values; the mean of the two in the middle of an even number. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((one, other) => one - other);
  const middle = sorted.length / 2;
  const [low, high] = [sorted[Math.ceil(middle) - 1], sorted[Math.floor(middle)]];
  if (low === undefined || high === undefined) throw new Error('There is no median of nothing.');
  return (low + high) / 2;
}

/** Between which two of the values the median of whatever they are a sample of lies, with a confidence of 95 %: https://en.wikipedia.org/wiki/Order_statistic#Confidence_intervals_for_quantiles */
export function medianBounds(values: readonly number[]): { readonly from: number; readonly to: number } {
  const sorted = values.toSorted((one, other) => one - other);
  const below = Math.max(0, Math.floor((sorted.length - 1.96 * Math.sqrt(sorted.length)) / 2));
  return { from: sorted[below] as number, to: sorted[sorted.length - 1 - below] as number };
}
