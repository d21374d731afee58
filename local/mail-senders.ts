import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CreateEmailIdentityCommand, SESv2Client } from '@aws-sdk/client-sesv2';
import { readStacks } from './assembly.ts';
import type { TemplateValue } from './local-template.ts';

/** The environment variable of functions that names whom they send mail from. */
const senderVariable = 'MAIL_FROM_ADDRESS';

/**
 * Registers the addresses that the deployed functions send from, as whoever deploys to AWS does once
 * (https://docs.aws.amazon.com/ses/latest/dg/creating-identities.html). MiniStack takes their verification for granted.
 */
export async function registerMailSenders(assembly: string, config: ConstructorParameters<typeof SESv2Client>[0] & object): Promise<void> {
  const ses = new SESv2Client(config);
  try {
    const stacks = await readStacks(assembly);
    const templates = await Promise.all(
      stacks.map(async ({ templateFile }) => JSON.parse(await readFile(join(assembly, templateFile), 'utf8'))),
    );
    for (const EmailIdentity of new Set(templates.flatMap(sendersIn))) await ses.send(new CreateEmailIdentityCommand({ EmailIdentity }));
  } finally {
    ses.destroy();
  }
}

/** The sender addresses that stand anywhere in a template. */
export function sendersIn(value: TemplateValue): string[] {
  if (Array.isArray(value)) return value.flatMap(sendersIn);
  if (value === null || typeof value !== 'object') return [];
  return Object.entries(value).flatMap(([name, part]) => (name === senderVariable && typeof part === 'string' ? [part] : sendersIn(part)));
}
