import { ArnFormat, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { CfnLoggingConfiguration, CfnWebACL, CfnWebACLAssociation } from 'aws-cdk-lib/aws-wafv2';
import { Construct } from 'constructs';

/** How often one address may post below /signups. A company behind one address signs up a few organisations a day; a person posts twice. */
const signupPosts = { most: 100, withinSeconds: 300 };
/** Headers by which somebody is let in, or from which the secrets of a signup are derived. */
const secretHeaders = ['authorization', 'cookie', 'idempotency-key', 'stripe-signature'];

/** Counted as a metric of its own, and without samples: a sample shows whole requests, with their headers and query strings, in the console. */
const countedAs = (metricName: string): CfnWebACL.VisibilityConfigProperty => ({
  cloudWatchMetricsEnabled: true,
  sampledRequestsEnabled: false,
  metricName,
});

/** Rules that AWS keeps up to date; `counted` ones only count: https://docs.aws.amazon.com/waf/latest/developerguide/aws-managed-rule-groups-baseline.html */
const managed = (priority: number, name: string, counted: readonly string[] = []): CfnWebACL.RuleProperty => ({
  name,
  priority,
  overrideAction: { none: {} },
  statement: {
    managedRuleGroupStatement: {
      vendorName: 'AWS',
      name: `AWSManagedRules${name}`,
      ruleActionOverrides: counted.map((rule) => ({ name: rule, actionToUse: { count: {} } })),
    },
  },
  visibilityConfig: countedAs(name),
});

/** What a path is before it is compared, so that no spelling of it gets around the rule. */
const textTransformations = ['URL_DECODE', 'NORMALIZE_PATH', 'LOWERCASE'].map((type, priority) => ({ type, priority }));

const signupsByAddress = (priority: number): CfnWebACL.RuleProperty => ({
  name: 'SignupsByAddress',
  priority,
  action: { block: {} },
  statement: {
    rateBasedStatement: {
      aggregateKeyType: 'IP',
      limit: signupPosts.most,
      evaluationWindowSec: signupPosts.withinSeconds,
      scopeDownStatement: {
        andStatement: {
          statements: [
            {
              byteMatchStatement: {
                fieldToMatch: { method: {} },
                positionalConstraint: 'EXACTLY',
                searchString: 'POST',
                textTransformations: [{ type: 'NONE', priority: 0 }],
              },
            },
            {
              // With what is below it: guessing the token of a confirmation is limited too. Contained, because the path begins with the stage.
              byteMatchStatement: {
                fieldToMatch: { uriPath: {} },
                positionalConstraint: 'CONTAINS',
                searchString: '/signups',
                textTransformations,
              },
            },
          ],
        },
      },
    },
  },
  visibilityConfig: countedAs('SignupsByAddress'),
});

/**
 * The web application firewall before the API. What it refuses is answered as every other refusal (gateway-problems.ts), and rings no alarm.
 */
export class WebFirewall extends Construct {
  constructor(scope: Construct, id: string, { stageArn }: { readonly stageArn: string }) {
    super(scope, id);
    const webAcl = new CfnWebACL(this, 'WebAcl', {
      description: 'Tenantry: what may reach the API.',
      scope: 'REGIONAL',
      defaultAction: { allow: {} },
      rules: [
        signupsByAddress(0),
        managed(1, 'KnownBadInputsRuleSet'),
        // The handlers bound bodies themselves and say so in the answer; the firewall's 8 KB would refuse what a payment provider sends.
        managed(2, 'CommonRuleSet', ['SizeRestrictions_BODY']),
      ],
      visibilityConfig: countedAs('Api'),
    });
    new CfnWebACLAssociation(this, 'Association', { resourceArn: stageArn, webAclArn: webAcl.attrArn });

    // WAF writes only to groups of this prefix: https://docs.aws.amazon.com/waf/latest/developerguide/logging-cw-logs.html
    const log = new LogGroup(this, 'Log', {
      logGroupName: 'aws-waf-logs-tenantry',
      retention: RetentionDays.THREE_MONTHS,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    new CfnLoggingConfiguration(this, 'Logging', {
      resourceArn: webAcl.attrArn,
      // Without the :* at the end of the group's own ARN, which WAF does not take.
      logDestinationConfigs: [
        Stack.of(this).formatArn({
          service: 'logs',
          resource: 'log-group',
          resourceName: log.logGroupName,
          arnFormat: ArnFormat.COLON_RESOURCE_NAME,
        }),
      ],
      // Only what was refused. Bodies are never in it; query strings hold tokens. Addresses of clients stay, because without them nobody can act on a flood.
      loggingFilter: {
        DefaultBehavior: 'DROP',
        Filters: [{ Behavior: 'KEEP', Requirement: 'MEETS_ANY', Conditions: [{ ActionCondition: { Action: 'BLOCK' } }] }],
      },
      redactedFields: [{ queryString: {} }, ...secretHeaders.map((name) => ({ singleHeader: { Name: name } }))],
    });
  }
}
