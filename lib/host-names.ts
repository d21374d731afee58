import { Aws, CfnOutput, Fn, RemovalPolicy } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { PublicHostedZone } from 'aws-cdk-lib/aws-route53';
import { Construct } from 'constructs';
import type { Configuration } from './configuration.ts';
import type { Ability } from './handler.ts';

/**
 * The names of tenants that have a silo: a hosted zone that holds nothing else, so that who writes in it reaches no other name of yours. Without a domain in the
 * configuration there is no zone, and the abilities are none.
 */
export class HostNames extends Construct {
  private readonly zone: PublicHostedZone | undefined;
  private readonly domain: Configuration['tenantDomain'];

  constructor(scope: Construct, id: string, { tenantDomain }: Pick<Configuration, 'tenantDomain'>) {
    super(scope, id);
    this.domain = tenantDomain;
    if (!tenantDomain) return;
    this.zone = new PublicHostedZone(this, 'Zone', { zoneName: tenantDomain.name, comment: "Tenantry: the tenants' own names." });
    this.zone.applyRemovalPolicy(RemovalPolicy.RETAIN);
    const nameServers = Fn.join(' ', this.zone.hostedZoneNameServers ?? []);
    new CfnOutput(this, 'NameServers', { value: nameServers }).overrideLogicalId('TenantDomainNameServers');
  }

  /** To know below which domain tenants have their names. */
  known(): Ability {
    return this.domain ? { environment: { TENANT_DOMAIN: this.domain.name } } : {};
  }

  /** To give tenants their names, and have certificates issued for them; and to take away what a slug had that was corrected. */
  register(): Ability {
    const tagged = {
      Null: { 'aws:RequestTag/tenantry:tenantId': 'false' },
      'ForAllValues:StringEquals': { 'aws:TagKeys': ['tenantry:tenantId', 'tenantry:request'] },
    };
    return this.ability(
      'RegisterHostNames',
      ['CREATE', 'UPSERT', 'DELETE'],
      [
        // https://docs.aws.amazon.com/acm/latest/userguide/acm-conditions.html
        new PolicyStatement({
          actions: ['acm:RequestCertificate'],
          resources: ['*'],
          conditions: {
            Null: { ...tagged.Null, 'acm:DomainNames': 'false' },
            StringEquals: { 'acm:ValidationMethod': 'DNS' },
            'ForAllValues:StringLike': { 'acm:DomainNames': `*.${this.domain?.name}` },
          },
        }),
        new PolicyStatement({ actions: ['acm:AddTagsToCertificate'], resources: [certificates], conditions: tagged }),
        new PolicyStatement({ actions: ['acm:DescribeCertificate'], resources: [certificates] }),
      ],
    );
  }

  /** To take names and certificates away again. */
  release(): Ability {
    return this.ability('ReleaseHostNames', ['DELETE'], []);
  }

  private ability(id: string, changes: readonly ('CREATE' | 'UPSERT' | 'DELETE')[], more: readonly PolicyStatement[]): Ability {
    const { zone, domain } = this;
    if (!zone || !domain) return {};
    return {
      environment: { TENANT_DOMAIN: domain.name, TENANT_HOSTED_ZONE_ID: zone.hostedZoneId, TENANT_TARGET: domain.target },
      statements: [
        new PolicyStatement({ actions: ['route53:ListResourceRecordSets'], resources: [zone.hostedZoneArn] }),
        // https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/specifying-conditions-route53.html
        new PolicyStatement({
          actions: ['route53:ChangeResourceRecordSets'],
          resources: [zone.hostedZoneArn],
          conditions: {
            Null: { 'route53:ChangeResourceRecordSetsNormalizedRecordNames': 'false' },
            'ForAllValues:StringLike': { 'route53:ChangeResourceRecordSetsNormalizedRecordNames': `*.${domain.name}` },
            'ForAllValues:StringEquals': {
              'route53:ChangeResourceRecordSetsRecordTypes': ['CNAME', 'TXT'],
              'route53:ChangeResourceRecordSetsActions': changes,
            },
          },
        }),
      ],
      wildcard: {
        id,
        statements: [
          ...more,
          new PolicyStatement({ actions: ['acm:ListCertificates'], resources: ['*'] }),
          new PolicyStatement({ actions: ['acm:ListTagsForCertificate'], resources: [certificates] }),
          new PolicyStatement({
            actions: ['acm:DeleteCertificate'],
            resources: [certificates],
            conditions: { Null: { 'aws:ResourceTag/tenantry:tenantId': 'false' } },
          }),
        ],
        reason: 'ACM names a certificate when it makes it, and has no narrower resource for a list. They are told by name and tag.',
      },
    };
  }
}

const certificates = `arn:${Aws.PARTITION}:acm:${Aws.REGION}:${Aws.ACCOUNT_ID}:certificate/*`;
