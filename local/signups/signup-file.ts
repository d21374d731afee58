import { z } from 'zod';
import { type ProblemKind, problemKinds, problemType } from '../../contracts/problem.ts';
import { TenantStatus } from '../../contracts/tenant.ts';
import { StartProblem } from '../start-problem.ts';

const kinds = Object.keys(problemKinds) as ProblemKind[];

/** A kind of problem, by its name such as `slug-taken` or by the `type` that the API answers. */
const ProblemName = z.string().transform((name, context): ProblemKind => {
  const kind = kinds.find((each) => each === name || problemType(each) === name);
  if (!kind) context.addIssue({ code: 'custom', message: `is no kind of problem; there are ${kinds.join(', ')}` });
  return kind ?? 'internal-error';
});

/** One line of a file of signups: what is sent, how its payment goes, and how it must end. */
const SignupLineSchema = z.strictObject({
  /** The body: an object is sent as JSON, a text is sent as it stands, so that malformed bodies can be told too. */
  request: z.union([z.string(), z.record(z.string(), z.json())]),
  /** In place of the usual ones; null leaves a header out. A line without an Idempotency-Key gets one of its own. */
  headers: z.record(z.string(), z.string().nullable()).default({}),
  payment: z.enum(['none', 'succeeds', 'declined']).default('none'),
  expect: z.strictObject({
    http: z.int().min(100).max(599),
    /** Where the tenant must come to; ACTIVE if an accepted line says nothing. */
    status: z.nullish(TenantStatus),
    problem: ProblemName.nullish(),
  }),
});

/** A line with its place in the file, which is 1 for the first. */
export type SignupLine = z.infer<typeof SignupLineSchema> & { lineNumber: number };

/** Reads the lines of a JSON Lines file; empty lines are left out. Every line that cannot be read is named with what to do about it. */
export function parseSignups(text: string, file: string): SignupLine[] {
  const lines: SignupLine[] = [];
  const problems: string[] = [];
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    if (line.trim() === '') continue;
    const lineNumber = index + 1;
    const read = readLine(line);
    if (typeof read === 'string') problems.push(`${file}:${lineNumber}: ${read}`);
    else lines.push({ ...read, lineNumber });
  }
  if (problems.length > 0)
    throw new StartProblem(
      problems.join('\n'),
      '\nMend these lines: {"request":…, "payment":"none", "expect":{"http":202, "status":"ACTIVE"}}',
    );
  if (lines.length === 0)
    throw new StartProblem(`${file} has no signups.`, 'Write one JSON object a line, such as those in examples/signups.jsonl.');
  return lines;
}

function readLine(line: string): z.infer<typeof SignupLineSchema> | string {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (error) {
    return `is not JSON (${(error as Error).message}). Write one JSON object on one line.`;
  }
  const parsed = SignupLineSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  return parsed.error.issues.map(({ path, message }) => `${path.join('.') || 'the line'}: ${message}`).join('; ');
}

/** The status that a line's tenant must come to; nothing if the line is to be refused. */
export function expectedStatus({ expect }: Pick<SignupLine, 'expect'>): TenantStatus | undefined {
  return expect.http === 202 ? (expect.status ?? 'ACTIVE') : undefined;
}

/** How a line is shown to people: its organisation's name without what would disturb a terminal, or the beginning of a raw body. */
export function labelOf(line: SignupLine): string {
  if (line.request === '') return 'an empty body';
  const name = typeof line.request === 'string' ? line.request : line.request['organisationName'];
  const text = typeof name === 'string' ? name : JSON.stringify(line.request);
  // Control characters, and those that would turn the rest of a terminal's line around.
  return shortened(text.replace(/[\p{Cc}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu, '�'));
}

const labelCharacters = 40;

function shortened(text: string): string {
  const characters = [...new Intl.Segmenter(undefined, { granularity: 'grapheme' }).segment(text)].map(({ segment }) => segment);
  return characters.length <= labelCharacters ? text : `${characters.slice(0, labelCharacters - 1).join('')}…`;
}
