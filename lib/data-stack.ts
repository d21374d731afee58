import { CfnOutput, RemovalPolicy, Stack, type StackProps } from 'aws-cdk-lib';
import { Key } from 'aws-cdk-lib/aws-kms';
import type { Construct } from 'constructs';
import type { Configuration } from './configuration.ts';
import { HostNames } from './host-names.ts';
import { MacKey } from './mac-key.ts';
import { PaymentSecret } from './payment-secret.ts';
import { PeopleVault } from './people-vault.ts';
import { StaffUsers } from './staff-users.ts';
import { TenantData } from './tenant-data.ts';
import { TenantRecords } from './tenant-records.ts';
import { TenantUsers } from './tenant-users.ts';

export interface DataStackProps extends StackProps {
  readonly configuration: Configuration;
}

/** All that must outlive every deployment: tables, keys, users and names. No other stack's deployment touches it, and nothing in it is deleted with it. */
export class DataStack extends Stack {
  readonly records: TenantRecords;
  readonly people: PeopleVault;
  readonly tenantData: TenantData;
  readonly signupMac: MacKey;
  readonly usernameMac: MacKey;
  readonly paymentSecret: PaymentSecret;
  readonly tenantUsers: TenantUsers;
  readonly hostNames: HostNames;
  readonly staff: StaffUsers;

  constructor(scope: Construct, id: string, props: DataStackProps) {
    super(scope, id, { ...props, terminationProtection: true, description: 'Tenantry: tables, keys and users.' });

    const tableKey = new Key(this, 'TableKey', {
      description: "Tenantry: encrypts tables and buckets; DynamoDB and S3 alone use it, on their callers' behalf.",
      enableKeyRotation: true,
      removalPolicy: RemovalPolicy.RETAIN,
    });
    this.records = new TenantRecords(this, 'TenantRecords', { tableKey });
    this.people = new PeopleVault(this, 'PeopleVault', { tableKey });
    const tenantKey = new Key(this, 'TenantKey', {
      description: 'Tenantry: what the pooled tenants encrypt themselves, each under its own id as encryption context.',
      enableKeyRotation: true,
      removalPolicy: RemovalPolicy.RETAIN,
    });
    this.tenantData = new TenantData(this, 'TenantData', { storageKey: tableKey, tenantKey, kept: 'always' });
    this.signupMac = new MacKey(this, 'SignupMac', {
      description: "Tenantry: the root of each signup's tokens.",
      variable: 'SIGNUP_MAC_KEY_ID',
    });
    this.usernameMac = new MacKey(this, 'UsernameMac', {
      description: 'Tenantry: derives opaque user names from tenant and address.',
      variable: 'USERNAME_MAC_KEY_ID',
    });
    this.paymentSecret = new PaymentSecret(this, 'PaymentProvider');
    this.tenantUsers = new TenantUsers(this, 'TenantUsers', { ...props.configuration, kept: 'always' });
    this.hostNames = new HostNames(this, 'HostNames', props.configuration);
    this.staff = new StaffUsers(this, 'Staff');

    new CfnOutput(this, 'TenantsTableName', { value: this.records.tenants.tableName });
    new CfnOutput(this, 'EventsTableName', { value: this.records.events.tableName });
    new CfnOutput(this, 'FindingsTableName', { value: this.records.findings.tableName });
    new CfnOutput(this, 'PeopleTableName', { value: this.people.people.tableName });
    new CfnOutput(this, 'PeopleKeysTableName', { value: this.people.peopleKeys.tableName });
    new CfnOutput(this, 'TenantDataTableName', { value: this.tenantData.table.tableName });
    new CfnOutput(this, 'TenantDataBucketName', { value: this.tenantData.bucket.bucketName });
    new CfnOutput(this, 'TenantUserPoolId', { value: this.tenantUsers.userPool.userPoolId });
    new CfnOutput(this, 'PaymentSecretArn', { value: this.paymentSecret.secret.secretArn });
    new CfnOutput(this, 'StaffUserPoolId', { value: this.staff.userPool.userPoolId });
    new CfnOutput(this, 'StaffUserPoolClientId', { value: this.staff.client.userPoolClientId });
  }
}
