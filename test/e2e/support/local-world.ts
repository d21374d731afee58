import { readFileSync } from 'node:fs';
import { readMails } from '../../../local/mails.ts';
import type { StackRecord } from '../../../local/stack-record.ts';
import type { World } from './world.ts';

/** @returns the record of the local stack of this test run. @throws when it did not come up */
export function localStackRecord(): StackRecord {
  const file = process.env['TENANTRY_LOCAL_STACK'];
  if (!file) throw new Error('The local stack of this test run did not come up; the reason stands at the beginning of the run.');
  return JSON.parse(readFileSync(file, 'utf8')) as StackRecord;
}

/** The local stack of this test run, with everything deployed. */
export function openLocalWorld(): World {
  const { apiUrl, region, outputs, endpoint, credentials } = localStackRecord();
  return {
    kind: 'local',
    apiUrl,
    region,
    outputs,
    clientOptions: { region, endpoint, credentials },
    addressOf: (label) => `${label}@example.com`,
    mailsTo: async (address) => (await readMails(endpoint)).filter(({ to }) => to.includes(address)),
    confirmationSeconds: 20,
  };
}
