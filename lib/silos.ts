import { Aws } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import type { Configuration } from './configuration.ts';
import type { Ability } from './handler.ts';
import { SiloBoundary } from './silo-boundary.ts';
import { SiloDeploymentRole } from './silo-deployment-role.ts';
import { siloNames } from './silo-names.ts';
import { deleteRemains, deleteUserPools } from './silo-remains.ts';
import { SiloTemplate } from './silo-template.ts';

const siloNamesReason = "Everything of all silos, which has a prefix of its own: a tenant's id is known when its silo is made.";
const stacks = () => `arn:${Aws.PARTITION}:cloudformation:${Aws.REGION}:${Aws.ACCOUNT_ID}:stack/${siloNames('*').stackName}/*`;
const onStacks = (...actions: string[]) =>
  new PolicyStatement({ actions: actions.map((action) => `cloudformation:${action}`), resources: [stacks()] });

export interface SilosProps {
  readonly configuration: Configuration;
  /** Who may act as a silo's tenant. */
  readonly vendorRoleArn: string;
}

/** How tenants get resources of their own: the template, the role in which stacks of it are made, and what their roles can never exceed. */
export class Silos extends Construct {
  readonly template: SiloTemplate;
  private readonly boundary: SiloBoundary;
  private readonly deploymentRole: SiloDeploymentRole;
  private readonly vendorRoleArn: string;

  constructor(scope: Construct, id: string, { configuration, vendorRoleArn }: SilosProps) {
    super(scope, id);
    this.vendorRoleArn = vendorRoleArn;
    this.template = new SiloTemplate(this, 'Template', configuration);
    this.boundary = new SiloBoundary(this, 'Boundary');
    this.deploymentRole = new SiloDeploymentRole(this, 'DeploymentRole', { boundary: this.boundary.policy });
  }

  /** To make a tenant's silo, watch it, and clear away one that could not be made. */
  deploy(): Ability {
    const { asset } = this.template;
    const { roleArn } = this.deploymentRole.role;
    return {
      environment: {
        ...this.version().environment,
        SILO_TEMPLATE_URL: asset.httpUrl,
        SILO_DEPLOYMENT_ROLE_ARN: roleArn,
        SILO_BOUNDARY_ARN: this.boundary.policy.managedPolicyArn,
        VENDOR_ROLE_ARN: this.vendorRoleArn,
      },
      statements: [
        new PolicyStatement({ actions: ['s3:GetObject'], resources: [asset.bucket.arnForObjects(asset.s3ObjectKey)] }),
        this.passDeploymentRole(),
      ],
      wildcard: {
        id: 'SiloStacks',
        statements: [
          // This template and this role, and no others: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/control-access-with-iam.html
          new PolicyStatement({
            actions: ['cloudformation:CreateStack'],
            resources: [stacks()],
            conditions: { StringEquals: { 'cloudformation:TemplateUrl': asset.httpUrl, 'cloudformation:RoleArn': roleArn } },
          }),
          onStacks('DeleteStack', 'DescribeStacks', 'DescribeStackEvents', 'TagResource', 'UpdateTerminationProtection'),
        ],
        reason: siloNamesReason,
      },
    };
  }

  /** To compare the templates of silos with the current one, which lies beside the code: reading it from where it is published takes a large client and a right. */
  compareTemplates(): Ability {
    const file = 'silo-template.json';
    return {
      environment: { ...this.version().environment, SILO_TEMPLATE_FILE: file },
      files: { [file]: this.template.path },
      wildcard: {
        id: 'SiloTemplates',
        statements: [onStacks('DescribeStacks', 'GetTemplate')],
        reason: siloNamesReason,
      },
    };
  }

  /** To delete what a silo's stack leaves behind, once it is known whose it is. */
  empty(): Ability {
    return {
      wildcard: {
        id: 'SiloRemains',
        statements: [onStacks('DescribeStacks', 'ListStackResources'), ...deleteRemains()],
        reason: `${siloNamesReason} Keys get their names when they are made, and are told by their tag.`,
      },
    };
  }

  /** To delete a silo's stack, also one that is protected, watch it go, and delete the user pool that it leaves. */
  delete(): Ability {
    return {
      environment: { SILO_DEPLOYMENT_ROLE_ARN: this.deploymentRole.role.roleArn },
      statements: [this.passDeploymentRole()],
      wildcard: {
        id: 'SiloStacks',
        statements: [onStacks('DeleteStack', 'DescribeStacks', 'DescribeStackEvents', 'UpdateTerminationProtection'), ...deleteUserPools()],
        reason: `${siloNamesReason} User pools get their names when they are made, and are told by their tag; Cognito has no narrower resource for a list.`,
      },
    };
  }

  private passDeploymentRole(): PolicyStatement {
    return new PolicyStatement({
      actions: ['iam:PassRole'],
      resources: [this.deploymentRole.role.roleArn],
      conditions: { StringEquals: { 'iam:PassedToService': 'cloudformation.amazonaws.com' } },
    });
  }

  /** To know which version of the template is the newest. */
  version(): Ability {
    return { environment: { SILO_TEMPLATE_VERSION: this.template.version } };
  }

  /** To act as tenants in the roles of their silos, besides what the roles' own trust policies say. */
  static assumeRoles(actions: readonly string[]): Ability {
    const { rolePath, roleName } = siloNames('*');
    return {
      wildcard: {
        id: 'SiloRoles',
        statements: [
          new PolicyStatement({
            actions: [...actions],
            resources: [`arn:${Aws.PARTITION}:iam::${Aws.ACCOUNT_ID}:role${rolePath}${roleName}`],
          }),
        ],
        reason: "The roles of all silos, which have a path of their own: a tenant's id is known when its silo is made.",
      },
    };
  }
}
