import { CfnOutput, Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { Api } from './api.ts';
import type { Configuration } from './configuration.ts';
import type { DataStack } from './data-stack.ts';
import type { PipelineStack } from './pipeline-stack.ts';
import { SignupRoutes, signupLimits } from './signup-routes.ts';
import { StaffRoutes } from './staff-routes.ts';

export interface ApiStackProps extends StackProps {
  readonly data: DataStack;
  readonly pipeline: PipelineStack;
  readonly configuration: Configuration;
}

/** What the world outside calls. */
export class ApiStack extends Stack {
  readonly api: Api;
  readonly signup: SignupRoutes;

  constructor(scope: Construct, id: string, { data, pipeline, configuration, ...props }: ApiStackProps) {
    super(scope, id, { ...props, description: 'Tenantry: the API.' });
    this.api = new Api(this, 'Api', { publicUrl: configuration.publicUrl, limits: signupLimits });
    this.signup = new SignupRoutes(this, 'Signup', { api: this.api, data, configuration, deadLetters: pipeline.reactionsDeadLetters });
    new StaffRoutes(this, 'Staff', { api: this.api, data, pipeline });

    new CfnOutput(this, 'ApiUrl', { value: this.api.publicUrl });
  }
}
