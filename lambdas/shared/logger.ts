import { Logger } from '@aws-lambda-powertools/logger';

/** Structured logs. Callers give ids, names of errors and counts: never events, inputs or messages of errors, which carry personal data. */
export const logger = new Logger();
