/** What Step Functions passes between states: JSON values, never mutated once they were made. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
export type JsonObject = { [key: string]: Json };

/** The most bytes of UTF-8 an input, output, result or argument may have: https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html */
export const dataLimitBytes = 262_144;

/** Whether a value is a JSON object: neither null nor an array. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Whether a text is longer than Step Functions carries, counted in bytes of UTF-8. */
export function exceedsDataLimit(text: string): boolean {
  // A UTF-16 unit takes at most three bytes, so that most texts need no counting.
  return text.length * 3 > dataLimitBytes && Buffer.byteLength(text) > dataLimitBytes;
}
