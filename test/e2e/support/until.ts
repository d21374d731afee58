import { setTimeout as delay } from 'node:timers/promises';

const soonestMilliseconds = 50;
/** Of the time that has passed: who waits for long asks less often, because each question takes the machine time that others need. */
const pollShare = 0.1;

/**
 * Waits until the world is as it should be: asks again and again until `ask` answers something other than undefined or false.
 * @throws an error that says what did not happen, when `seconds` are over: many times what it takes, because a machine may be busy, and less than Jest waits
 */
export async function until<Answer>(what: string, ask: () => Promise<Answer | undefined | false>, seconds = 240): Promise<Answer> {
  const startedAt = Date.now();
  for (;;) {
    const answer = await ask();
    if (answer !== undefined && answer !== false) return answer;
    const passed = Date.now() - startedAt;
    if (passed > seconds * 1_000) throw new Error(`${what} did not happen within ${seconds} seconds.`);
    await delay(Math.max(soonestMilliseconds, passed * pollShare));
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
