import type { Treatment } from '../harness/lambda-process.ts';
import type { CallFault, ClaimFault } from './fault-case.ts';

/** What each fault does to the call that it befalls. */
export const treatments: Readonly<Record<CallFault | ClaimFault, Treatment>> = {
  throttled: { on: { wire: 'refuse', refusal: 'throttled' } },
  'server-error': { on: { wire: 'refuse', refusal: 'server-error' } },
  denied: { on: { wire: 'refuse', refusal: 'denied' } },
  conflict: { on: { wire: 'refuse', refusal: 'conflict' } },
  'connection-reset': { on: { wire: 'reset' } },
  'answer-lost': { on: { wire: 'lose-answer' } },
  'sent-twice': { on: { wire: 'send-twice' } },
  'killed-before': { kill: 'before', on: { wire: 'serve' } },
  'killed-after': { kill: 'after', on: { wire: 'serve' } },
  // The call is held until the Task has given up, or until a later attempt has ended, or while another invocation runs from start to end.
  'timed-out': { hold: 'before', on: { wire: 'serve' } },
  'late-return': { hold: 'after', on: { wire: 'serve' } },
  overtaken: { hold: 'before', on: { wire: 'serve' } },
  // What is another's is put there while the call is held.
  occupied: { hold: 'before', on: { wire: 'serve' } },
  forestalled: { hold: 'around', on: { wire: 'serve' } },
};
