import type * as z from 'zod/mini';
import { invalidRequest } from './api.ts';

/** A cursor is opaque to callers: base64url of where the page ended. */
export const encodeCursor = (position: string | number) => Buffer.from(JSON.stringify(position)).toString('base64url');

/** @returns the position in a cursor. @throws Refusal when it is not one of ours */
export function decodeCursor<Position extends string | number>(cursor: string, position: z.ZodMiniType<Position>): Position {
  try {
    return position.parse(JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8')));
  } catch {
    throw invalidRequest([
      {
        field: 'cursor',
        message: 'is not a cursor of this list',
        remedy: 'Send nextCursor from the page before, unchanged, or leave it out for the first page.',
      },
    ]);
  }
}
