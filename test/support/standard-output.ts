import { afterEach, beforeEach, jest } from '@jest/globals';

/**
 * Collects, during each test of a file, what is written to standard output and error, where Lambda takes a function's logs from. Log lines are not printed.
 * @returns what was written since the test began
 */
export function collectOutput(): () => string {
  let text = '';
  beforeEach(() => {
    text = '';
    for (const stream of [process.stdout, process.stderr]) {
      const write = stream.write.bind(stream);
      jest.spyOn(stream, 'write').mockImplementation(((chunk: unknown, ...rest: never[]) => {
        text += String(chunk);
        return String(chunk).startsWith('{') ? true : write(chunk as string, ...rest);
      }) as never);
    }
  });
  afterEach(() => {
    jest.restoreAllMocks();
  });
  return () => text;
}
