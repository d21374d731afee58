import type { AwsAnswer, EmulatedAws } from './emulated-aws.ts';

/** Functions that are told what to do, step by step; each step adds one to `v`. */
export class Functions {
  readonly calls: { readonly step: string; readonly v: unknown; readonly redrives: unknown }[] = [];
  readonly #behaviours = new Map<string, () => AwsAnswer | Promise<AwsAnswer>>();

  constructor(aws: EmulatedAws) {
    aws.on('worker', async ({ body }) => {
      const step = String(body['step']);
      this.calls.push({ step, v: body['v'], redrives: body['redrives'] });
      return (await this.#behaviours.get(step)?.()) ?? { body: { v: Number(body['v']) + 1 } };
    });
  }

  get steps(): string {
    return this.calls.map(({ step }) => step).join(' ');
  }

  /** The step answers so from now on; without an answer it is well again. */
  let(step: string, answer?: () => AwsAnswer | Promise<AwsAnswer>): void {
    if (answer) this.#behaviours.set(step, answer);
    else this.#behaviours.delete(step);
  }
}

/** What Lambda answers when a function throws. */
export function thrown(errorType: string): () => AwsAnswer {
  return () => ({ functionError: true, body: { errorType, errorMessage: 'because', trace: [] } });
}
