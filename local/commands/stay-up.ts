import { once } from 'node:events';
import type { LocalStack } from '../stack.ts';

/** Keeps a stack up until it is interrupted, then stops it. Fails if the stack breaks by itself. */
export async function stayUp(stack: LocalStack, interruption: AbortSignal): Promise<void> {
  // The two promises do not keep the process alive; the stack's own pipe and server do.
  const broken = await Promise.race([stack.ended, interruption.aborted ? undefined : once(interruption, 'abort').then(() => undefined)]);
  if (broken) throw broken;
  console.log('Stopping');
  await stack.stop();
}
