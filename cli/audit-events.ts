import { z } from 'zod';
import type { AuditEvent, AuditEventPage } from '../contracts/tenant.ts';
import type { Context } from './context.ts';

/** The most that a page may have. */
const limit = '100';

/** @returns a function that gives, each time it is called, the events of a tenant that came since */
export function newEventsOf(context: Context, tenantId: string): () => Promise<AuditEvent[]> {
  const pageFrom = (cursor: string | undefined): Promise<AuditEventPage> =>
    context.call('ListTenantEvents', { path: { tenantId }, query: { limit, cursor } });
  // The last page has no cursor behind it yet: it is read again, and what was seen of it is left out.
  let cursor: string | undefined;
  let lastSeq = 0;
  return async () => {
    const found: AuditEvent[] = [];
    for (;;) {
      const page = await pageFrom(cursor);
      found.push(...page.events.filter(({ seq }) => seq > lastSeq));
      lastSeq = found.at(-1)?.seq ?? lastSeq;
      if (!page.nextCursor) return found;
      cursor = page.nextCursor;
    }
  };
}

/** Who did it. */
export const actorOf = ({ actor }: AuditEvent) => `${actor.kind} ${actor.id}`;
const Failure = z.object({ class: z.string(), error: z.string(), operation: z.string().optional() });

/** What an event says beyond its type: why, what was corrected, from which status to which, and what a step failed with. */
export function detailOf({ reason, data }: AuditEvent): string {
  const { from, to } = data as { from?: unknown; to?: unknown };
  const failure = Failure.safeParse(data['failure']).data;
  const { corrected } = data as { corrected?: unknown };
  return [
    reason ?? (typeof data['reason'] === 'string' ? data['reason'] : undefined),
    Array.isArray(corrected) ? `corrected: ${corrected.join(' and ')}` : undefined,
    typeof to === 'string' ? [from, to].filter((status) => typeof status === 'string').join(' → ') : undefined,
    failure && `${failure.class}: ${failure.error}${failure.operation ? ` from ${failure.operation}` : ''}`,
  ]
    .filter((part) => part !== undefined)
    .join(', ');
}
