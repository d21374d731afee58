import type { Node } from 'constructs';
import * as z from 'zod';

const Region = z.string().regex(/^[a-z]{2}(-[a-z]+)+-[0-9]$/, { error: 'must be an AWS Region such as eu-central-1' });

/** `cdk -c key=value` hands every value over as text; cdk.json may give the value itself. */
const list = (value: unknown) =>
  typeof value === 'string'
    ? value
        .split(',')
        .map((item) => item.trim())
        .filter(Boolean)
    : value;
const flag = (value: unknown) => (value === 'true' ? true : value === 'false' ? false : value);

const HostName = z.string().regex(/^(?=.{4,62}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]*[a-z0-9]$/, {
  error: 'must be a host name in lower case without a dot at its end, such as tenants.example.com',
});

/** What a deployment decides; given as CDK context. */
const Context = z.strictObject({
  servedRegions: z
    .preprocess(list, z.array(Region).min(1, { error: 'must name at least one AWS Region' }))
    .default(['eu-central-1'])
    .describe('The Regions that a signup may ask for.'),
  mailFromAddress: z
    .email({ error: 'must be an e-mail address whose identity is verified in SES, such as onboarding@example.com' })
    .default('onboarding@example.com')
    .describe('Who the confirmation and the invitation come from.'),
  mailIdentity: z
    .string()
    .optional()
    .describe('The identity that SES has verified for mailFromAddress: the address itself, which is the default, or its domain.'),
  publicUrl: z
    .url({ protocol: /^https$/, error: 'must be an https URL without a slash at its end, such as https://api.example.com' })
    .regex(/[^/]$/, { error: 'must not end with a slash' })
    .optional()
    .describe('Where customers reach the API, when that is not the address which API Gateway gives it.'),
  tenantDomain: HostName.optional().describe(
    'Below which tenants with a silo have names of their own; a domain of its own, which is delegated to the hosted zone that is made for it.',
  ),
  tenantTarget: HostName.optional().describe(
    "What the tenants' names lead to: the host name of your application's load balancer or distribution.",
  ),
  alarmEmail: z.email({ error: 'must be an e-mail address such as on-call@example.com' }).optional().describe('Who is told of an alarm.'),
  exampleConsumer: z
    .preprocess(flag, z.boolean({ error: 'must be true or false' }))
    .default(true)
    .describe('Whether the example consumer of the events is deployed too.'),
});
const domainOf = (address: string) => address.slice(address.lastIndexOf('@') + 1);

const Configuration = Context.transform(({ mailIdentity, tenantDomain, tenantTarget, ...context }, { addIssue }) => {
  const { mailFromAddress } = context;
  const identities = [mailFromAddress, domainOf(mailFromAddress)];
  if (mailIdentity && !identities.includes(mailIdentity))
    addIssue({ code: 'custom', path: ['mailIdentity'], message: `must be ${identities.join(' or ')}, the sender or its domain` });
  const missing = tenantDomain ? (tenantTarget ? undefined : 'tenantTarget') : tenantTarget && 'tenantDomain';
  if (missing) addIssue({ code: 'custom', path: [missing], message: 'must be given too: tenantDomain and tenantTarget belong together' });
  return {
    ...context,
    mailIdentity: mailIdentity ?? mailFromAddress,
    tenantDomain: tenantDomain && tenantTarget ? { name: tenantDomain, target: tenantTarget } : undefined,
  };
});
export type Configuration = z.infer<typeof Configuration>;

/** Context keys with a colon or a slash belong to the CDK, its libraries and its lookups. */
const ownKey = (key: string) => !/[:/]/.test(key) && !cdkKeys.has(key);
const cdkKeys = new Set(['aws-cdk-lib', 'availability-zones', 'hosted-zone', 'vpc-provider']);

/**
 * Reads the deployment's decisions from the context of the app.
 * @throws an error that names each wrong or unknown key and what to give instead
 */
export function readConfiguration(node: Node): Configuration {
  const context = node.getAllContext() as Record<string, unknown>;
  const parsed = Configuration.safeParse(Object.fromEntries(Object.entries(context).filter(([key]) => ownKey(key))));
  if (parsed.success) return parsed.data;
  const known = Object.keys(Context.shape).join(', ');
  const wrong = parsed.error.issues.map((issue) =>
    issue.code === 'unrecognized_keys'
      ? `${issue.keys.join(', ')}: is not known. Known are ${known}.`
      : `${issue.path.join('.')}: ${issue.message}`,
  );
  throw new Error(`The CDK context is not valid. Mend it in cdk.json or in the -c options:\n  ${wrong.join('\n  ')}`);
}
