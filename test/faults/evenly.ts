/** @returns so many of a list, from its beginning to its end */
export const evenly = <Item>(items: readonly Item[], count: number): readonly Item[] =>
  items.filter((_, place) => Math.floor((place * count) / items.length) !== Math.floor(((place - 1) * count) / items.length));
