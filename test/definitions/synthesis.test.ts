import { expect, test } from '@jest/globals';
import { type Change, synthesiseWith } from '../support/changed-project.ts';

interface Mistakes {
  readonly changes?: readonly Change[];
  readonly context?: Readonly<Record<string, string>>;
  /** What whoever made them is told. */
  readonly says: readonly string[];
}

const mistakes: Record<string, Mistakes> = {
  'decisions that are unknown or make no sense': {
    context: {
      servedRegion: 'eu-central-1',
      servedRegions: 'eu-central-1,frankfurt',
      mailFromAddress: 'example.com',
      publicUrl: 'http://api.example.com',
      tenantDomain: 'Tenants.example.com.',
      tenantTarget: 'https://app.example.com',
      exampleConsumer: 'no',
    },
    says: [
      'servedRegion: is not known. Known are servedRegions, ',
      'servedRegions.1: must be an AWS Region',
      'mailFromAddress: must be an e-mail address',
      'publicUrl: must be an https URL',
      'tenantDomain: must be a host name in lower case without a dot at its end',
      'tenantTarget: must be a host name',
      'exampleConsumer: must be true or false',
    ],
  },
  "an identity for mail that is not the sender's": {
    context: { mailIdentity: 'example.org' },
    says: ['mailIdentity: must be onboarding@example.com or example.com'],
  },
  'a domain for tenants that leads nowhere': {
    context: { tenantDomain: 'tenants.example.com' },
    says: ['tenantTarget: must be given too: tenantDomain and tenantTarget belong together'],
  },
  'a wrong number and a forgotten step in a tier': {
    changes: [
      { file: 'catalog/tiers.json', replace: ['"pendingDays": 7', '"pendingDays": 0'] },
      { file: 'catalog/tiers.json', replace: [/\{\s*"step": "TestTenant"[^}]*\},/, ''] },
    ],
    says: ['catalog/tiers.json is not valid', '0.pendingDays: ', '0.steps: must be, for what the tier says of itself'],
  },
  'a misspelt placeholder in the definition': {
    changes: [
      // biome-ignore lint/suspicious/noTemplateCurlyInString: placeholders of the definition.
      { file: 'statemachines/onboard-tenant.asl.json', replace: ['${CreateAdminUser}', '${CreateAdminUsr}'] },
    ],
    says: [
      // biome-ignore lint/suspicious/noTemplateCurlyInString: a placeholder of the definition.
      'statemachines/onboard-tenant.asl.json names ${CreateAdminUsr}, but no step of that name is given.',
      // biome-ignore lint/suspicious/noTemplateCurlyInString: a placeholder of the definition.
      'The step CreateAdminUser is given, but statemachines/onboard-tenant.asl.json has no ${CreateAdminUser}.',
    ],
  },
  'a step without a handler': {
    changes: [{ file: 'lib/pipeline-stack.ts', replace: ["new Step(this, 'ActivateTenant'", "new Step(this, 'EnableTenant'"] }],
    says: ['Tenantry-Pipeline/EnableTenant needs a handler in lambdas/steps/enable-tenant.ts, and there is no such file.'],
  },
  'a wildcard and a missing second factor that nobody explained': {
    changes: [
      { file: 'lib/tenant-users.ts', replace: ['resources: [this.userPool.userPoolArn]', "resources: ['*']"] },
      { file: 'lib/staff-users.ts', replace: ['mfa: Mfa.REQUIRED', 'mfa: Mfa.OPTIONAL'] },
    ],
    says: ['AwsSolutions-IAM5[Resource::*]', 'Tenantry-Pipeline/CreateAdminUser/Role', 'AwsSolutions-COG2', 'Tenantry-Data/Staff/UserPool'],
  },
};

test.concurrent.each(Object.entries(mistakes))(
  '%s: the synthesis fails and says where',
  async (_, { changes = [], context = {}, says }) => {
    const { failed, output } = await synthesiseWith(changes, context);
    expect(failed).toBe(true);
    for (const words of says) expect(output).toContain(words);
  },
);

test.concurrent('every decision that a deployment may take can be taken', async () => {
  const { failed, output } = await synthesiseWith([], {
    servedRegions: 'eu-central-1, us-east-1',
    mailFromAddress: 'hello@example.com',
    mailIdentity: 'example.com',
    publicUrl: 'https://api.example.com',
    tenantDomain: 'tenants.example.com',
    tenantTarget: 'app.example.com',
    alarmEmail: 'on-call@example.com',
    exampleConsumer: 'false',
  });
  expect(failed ? output : '').toBe('');
});
