import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { CommandFailure, exitCodes } from './failure.ts';
import { readJsonFile } from './private-files.ts';
import type { ProfileSettings, SeededOperator } from './profiles.ts';

/** What the record of a running local stack says of it, as far as a client needs it. */
const StackRecord = z.object({
  endpoint: z.string(),
  region: z.string(),
  apiUrl: z.string(),
  mailsUrl: z.string(),
  outputs: z.object({ StaffUserPoolId: z.string(), StaffUserPoolClientId: z.string() }),
  staffOperator: z.object({ username: z.string(), password: z.string(), totpSecret: z.string() }),
});

/** Where this checkout's running local stack has its record. TENANTRY_LOCAL_STACK names another one. */
const recordFile = () => process.env['TENANTRY_LOCAL_STACK'] ?? fileURLToPath(new URL('../.local/stack.json', import.meta.url));

/** What the profile `local` stands for at this moment. Fails when no local stack is up. */
export async function readLocalProfile(): Promise<ProfileSettings & { seededOperator: SeededOperator; chaosUrl: string }> {
  const content = await readJsonFile(recordFile());
  if (content === undefined) {
    throw new CommandFailure(exitCodes.unreachable, 'No local stack of this checkout is up.', [
      'Start it with: npm run local',
      'For a deployment on AWS name its profile with --profile or TENANTRY_PROFILE.',
    ]);
  }
  const record = StackRecord.safeParse(content);
  if (!record.success) {
    throw new CommandFailure(exitCodes.unreachable, 'The local stack of this checkout is still starting.', [
      'Try again when it says that it is up.',
    ]);
  }
  const { endpoint, region, apiUrl, mailsUrl, outputs, staffOperator } = record.data;
  return {
    apiUrl,
    region,
    staffUserPoolId: outputs.StaffUserPoolId,
    staffUserPoolClientId: outputs.StaffUserPoolClientId,
    cognitoEndpoint: endpoint,
    mailsUrl,
    chaosUrl: `${endpoint}/_tenantry/chaos`,
    seededOperator: staffOperator,
  };
}
