import { expect, test } from '@jest/globals';
import { templateDifferences } from '../../../../lambdas/shared/template-differences.ts';

const table = {
  Type: 'AWS::DynamoDB::GlobalTable',
  Properties: { BillingMode: 'PAY_PER_REQUEST', Replicas: [{ Region: 'eu-central-1' }] },
};
const key = { Type: 'AWS::KMS::Key', DeletionPolicy: 'RetainExceptOnCreate' };
const differences = (own: object, current: object) => templateDifferences(JSON.stringify(own), JSON.stringify(current));

test('the same template has no differences, in whatever order it is written and whatever it says about itself', () => {
  const own = { Description: 'Old words.', Resources: { Table: table, Key: key }, Outputs: { TableName: { Value: { Ref: 'Table' } } } };
  const { Properties, ...rest } = table;
  const current = {
    Outputs: { TableName: { Value: { Ref: 'Table' }, Description: 'The name.' } },
    Resources: { Key: { ...key, Metadata: { path: 'x' } }, Table: { Properties, ...rest } },
  };
  expect(differences(own, current)).toEqual([]);
});

test('names what is added, changed and removed, and of what was changed the attributes and properties', () => {
  const own = { Resources: { Table: table, Key: key, Role: { Type: 'AWS::IAM::Role' } }, Parameters: { TenantId: { Type: 'String' } } };
  const current = {
    Resources: {
      Bucket: { Type: 'AWS::S3::Bucket' },
      Key: { ...key, DeletionPolicy: 'Retain', Properties: { EnableKeyRotation: true } },
      Table: { ...table, Properties: { ...table.Properties, Replicas: [{ Region: 'eu-west-1' }] } },
    },
    Parameters: { TenantId: { Type: 'String', AllowedPattern: '.+' } },
    Outputs: { BucketName: { Value: 'x' } },
  };
  expect(differences(own, current)).toEqual([
    { change: 'added', section: 'Resources', name: 'Bucket', type: 'AWS::S3::Bucket' },
    {
      ...{ change: 'changed', section: 'Resources', name: 'Key', type: 'AWS::KMS::Key' },
      differs: ['DeletionPolicy', 'Properties.EnableKeyRotation'],
    },
    { change: 'removed', section: 'Resources', name: 'Role', type: 'AWS::IAM::Role' },
    { change: 'changed', section: 'Resources', name: 'Table', type: table.Type, differs: ['Properties.Replicas'] },
    { change: 'changed', section: 'Parameters', name: 'TenantId', differs: ['AllowedPattern'] },
    { change: 'added', section: 'Outputs', name: 'BucketName' },
  ]);
});
