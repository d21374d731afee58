import { setTimeout as delay } from 'node:timers/promises';

const pollMilliseconds = 50;

/**
 * Waits until the world is as it should be: asks again and again until `ask` answers something other than undefined or false.
 * @throws an error that says what did not happen, when `seconds` are over
 */
export async function until<Answer>(what: string, ask: () => Promise<Answer | undefined | false>, seconds = 60): Promise<Answer> {
  const deadline = Date.now() + seconds * 1000;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined && answer !== false) return answer;
    if (Date.now() > deadline) throw new Error(`${what} did not happen within ${seconds} seconds.`);
    await delay(pollMilliseconds);
  }
}

/** Walks through every page of a list of AWS's. */
export async function everyPage<Page, Item>(
  read: (token: string | undefined) => Promise<Page>,
  itemsOf: (page: Page) => Item[] | undefined,
  tokenOf: (page: Page) => string | undefined,
): Promise<Item[]> {
  const items: Item[] = [];
  let token: string | undefined;
  do {
    const page = await read(token);
    items.push(...(itemsOf(page) ?? []));
    token = tokenOf(page);
  } while (token);
  return items;
}
