import type { NextAction } from '../contracts/signup.ts';
import { plain } from './output.ts';

/** What has to happen next, a line an action. */
export function nextActionLines(next: readonly NextAction[]): string[] {
  return next.map(({ description, before }) => `Next: ${plain(description)}${before ? ` Before ${before}.` : ''}`);
}
