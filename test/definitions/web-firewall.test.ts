import { beforeAll, describe, expect, test } from '@jest/globals';
import { type Assembly, type Resource, synthesisedAssembly } from '../support/assembly.ts';
import { words } from '../support/template-words.ts';

let assembly: Assembly;
beforeAll(async () => {
  assembly = await synthesisedAssembly();
});

const only = (type: string): Resource['properties'] => {
  const [found, ...others] = assembly.resources(type);
  expect(others).toEqual([]);
  return found?.properties;
};
interface Rule {
  readonly Name: string;
  readonly Statement: {
    readonly ManagedRuleGroupStatement?: { readonly Name: string; readonly RuleActionOverrides?: readonly { readonly Name: string }[] };
    // biome-ignore lint/suspicious/noExplicitAny: the shape is CloudFormation's, a different one for each kind of statement.
    readonly RateBasedStatement?: any;
  };
  readonly Action?: unknown;
  readonly OverrideAction?: unknown;
}
const rules = (): Rule[] => only('AWS::WAFv2::WebACL').Rules;

describe('the web application firewall', () => {
  test('stands before the stage of the API', () => {
    const { ResourceArn, WebACLArn } = only('AWS::WAFv2::WebACLAssociation');
    expect(words(ResourceArn)).toMatch(/::\/restapis\/ApiRestApi\/stages\/ApiRestApiDeploymentStagev$/);
    expect(words(WebACLArn)).toBe('ApiFirewallWebAcl');
    expect(only('AWS::WAFv2::WebACL')).toMatchObject({ Scope: 'REGIONAL', DefaultAction: { Allow: {} } });
  });

  test("refuses what AWS's rules know as attacks; only the size of bodies is left to the handlers", () => {
    const managed = rules().flatMap(({ Statement, OverrideAction }) => {
      const group = Statement.ManagedRuleGroupStatement;
      return group ? [{ name: group.Name, counted: (group.RuleActionOverrides ?? []).map(({ Name }) => Name), OverrideAction }] : [];
    });
    expect(managed).toEqual([
      { name: 'AWSManagedRulesKnownBadInputsRuleSet', counted: [], OverrideAction: { None: {} } },
      { name: 'AWSManagedRulesCommonRuleSet', counted: ['SizeRestrictions_BODY'], OverrideAction: { None: {} } },
    ]);
  });

  test('refuses an address that posts too much below /signups, however it spells the path', () => {
    const [limit, ...others] = rules().filter(({ Statement }) => Statement.RateBasedStatement);
    expect(others).toEqual([]);
    expect(limit?.Action).toEqual({ Block: {} });
    const { ScopeDownStatement, ...rate } = (limit as Rule).Statement.RateBasedStatement;
    expect(rate).toEqual({ AggregateKeyType: 'IP', Limit: 100, EvaluationWindowSec: 300 });
    const [method, path] = ScopeDownStatement.AndStatement.Statements.map(
      (each: { ByteMatchStatement: unknown }) => each.ByteMatchStatement,
    );
    expect(method).toMatchObject({ FieldToMatch: { Method: {} }, SearchString: 'POST', PositionalConstraint: 'EXACTLY' });
    expect(path).toMatchObject({ FieldToMatch: { UriPath: {} }, SearchString: '/signups', PositionalConstraint: 'CONTAINS' });
    expect(path.TextTransformations.map(({ Type }: { Type: string }) => Type)).toEqual(['URL_DECODE', 'NORMALIZE_PATH', 'LOWERCASE']);
  });

  test('logs what it refused, without tokens and keys, and samples nothing', () => {
    const { LoggingFilter, RedactedFields, LogDestinationConfigs } = only('AWS::WAFv2::LoggingConfiguration');
    expect(LoggingFilter).toEqual({
      DefaultBehavior: 'DROP',
      Filters: [{ Behavior: 'KEEP', Requirement: 'MEETS_ANY', Conditions: [{ ActionCondition: { Action: 'BLOCK' } }] }],
    });
    expect(RedactedFields).toEqual([
      { QueryString: {} },
      ...['authorization', 'cookie', 'idempotency-key', 'stripe-signature'].map((Name) => ({ SingleHeader: { Name } })),
    ]);
    expect(LogDestinationConfigs.map(words)).toEqual([expect.stringMatching(/:log-group:ApiFirewallLog$/)]);
    const samples = JSON.stringify(only('AWS::WAFv2::WebACL')).match(/"SampledRequestsEnabled":\w+/g);
    expect(new Set(samples)).toEqual(new Set(['"SampledRequestsEnabled":false']));
  });
});
