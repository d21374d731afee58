/** So many tenants are onboarded at once in this process; more do not make it faster, because the local stack serves one request at a time. */
const atOnce = 8;

/** Works on several at once until all are done. */
export function each<Item>(items: readonly Item[], work: (item: Item) => Promise<void>): Promise<void> {
  const waiting = [...items];
  return inTurns(async () => {
    const item = waiting.shift();
    if (item !== undefined) await work(item);
    return item !== undefined;
  });
}

/** Has several take their turns at once until there are none left. */
export async function inTurns(turn: () => Promise<boolean>): Promise<void> {
  const turns = async () => {
    while (await turn());
  };
  await Promise.all(Array.from({ length: atOnce }, turns));
}
