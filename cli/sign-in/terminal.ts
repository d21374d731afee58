import { createInterface, type Interface } from 'node:readline';
import { Writable } from 'node:stream';
import { usageFailure } from '../failure.ts';

/** Asks the person at the terminal, or takes the lines that are piped in. Questions go to standard error. */
export class Terminal {
  #echo = false;
  #interface: Interface | undefined;
  #lines: AsyncIterator<string> | undefined;

  /** @returns the line that is typed */
  ask(question: string): Promise<string> {
    return this.#ask(question, true);
  }

  /** @returns the line that is typed; it is not shown */
  askSecret(question: string): Promise<string> {
    return this.#ask(question, false);
  }

  close(): void {
    this.#interface?.close();
  }

  async #ask(question: string, echo: boolean): Promise<string> {
    const lines = this.#input();
    this.#echo = true;
    this.#interface?.setPrompt(question);
    this.#interface?.prompt();
    this.#echo = echo;
    const { value, done } = await lines.next();
    if (process.stdin.isTTY && !echo) process.stderr.write('\n');
    if (done)
      throw usageFailure(
        `There was no answer to "${question.trim()}".`,
        'Answer it at a terminal; the command with --help tells how to do without one.',
      );
    return value;
  }

  #input(): AsyncIterator<string> {
    if (this.#lines) return this.#lines;
    const visible = (chunk: Buffer, _encoding: string, done: () => void) => {
      if (this.#echo) process.stderr.write(chunk);
      done();
    };
    const input = createInterface({
      input: process.stdin,
      output: new Writable({ write: visible }),
      terminal: process.stdin.isTTY === true,
    });
    // A terminal that readline holds hands Ctrl-C to it and not to the process.
    input.on('SIGINT', () => {
      input.close();
      process.kill(process.pid, 'SIGINT');
    });
    this.#interface = input;
    this.#lines = input[Symbol.asyncIterator]();
    return this.#lines;
  }
}
