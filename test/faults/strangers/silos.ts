import {
  DeleteCertificateCommand,
  ListTagsForCertificateCommand,
  RequestCertificateCommand,
  ResourceNotFoundException,
} from '@aws-sdk/client-acm';
import { CreateStackCommand, DeleteStackCommand, UpdateTerminationProtectionCommand } from '@aws-sdk/client-cloudformation';
import { HeadBucketCommand } from '@aws-sdk/client-s3';
import type { SiloWatch } from '../harness/silo-watch.ts';
import type { Clients } from '../world/clients.ts';
import { type Claim, strangerId } from './occupy.ts';

interface Tag {
  readonly Key: string | undefined;
  readonly Value: string | undefined;
}
type Tags = readonly Tag[];

const othersTags = (tags: Tags, tenantId: string): Tags =>
  tags.map(({ Key, Value }) => ({ Key, Value: Value?.replaceAll(tenantId, strangerId) }));

/** It has a bucket, as a silo has: whoever takes the stack for the tenant's own would delete that. */
const bucketOf = (tenantId: string) => `tenantry-silo-stranger-${tenantId}`;
const templateOf = (tenantId: string) =>
  JSON.stringify({ Resources: { Bucket: { Type: 'AWS::S3::Bucket', Properties: { BucketName: bucketOf(tenantId) } } } });

interface Stack {
  readonly tags: Tags;
  readonly id?: string | undefined;
  readonly status?: string | undefined;
  readonly isProtected?: boolean | undefined;
  readonly hasBucket?: boolean;
}

/** A stack of the silo's name, with another tenant's tags. */
export const stackClaim = (
  { cloudFormation, s3 }: Clients,
  watch: SiloWatch,
  { StackName, Tags }: { readonly StackName: string; readonly Tags: Tags },
  tenantId: string,
): Claim<Stack> => ({
  place: {
    read: async () => {
      const stack = await watch.stackOf(tenantId);
      return (
        stack && {
          tags: (stack.Tags ?? []).map(({ Key, Value }) => ({ Key, Value })),
          id: stack.StackId,
          status: stack.StackStatus,
          isProtected: stack.EnableTerminationProtection,
          hasBucket: await s3.send(new HeadBucketCommand({ Bucket: bucketOf(tenantId) })).then(
            () => true,
            ({ name }: Error) => name !== 'NotFound',
          ),
        }
      );
    },
    put: async ({ tags }) => {
      await cloudFormation.send(new CreateStackCommand({ StackName, TemplateBody: templateOf(tenantId), Tags: [...tags] }));
      await watch.settled(tenantId);
    },
    remove: async () => {
      await cloudFormation.send(new UpdateTerminationProtectionCommand({ StackName, EnableTerminationProtection: false }));
      await cloudFormation.send(new DeleteStackCommand({ StackName }));
      await watch.settled(tenantId);
    },
  },
  others: () => ({ tags: othersTags(Tags, tenantId) }),
});

/** A certificate of the same name: ACM gives as many as are asked for, so it stands beside what is there. */
export function certificateClaim(
  { acm }: Clients,
  { DomainName, Tags }: { readonly DomainName: string; readonly Tags: Tags },
  tenantId: string,
): Claim<Tags> {
  let arn: string | undefined;
  return {
    place: {
      read: async () => {
        if (!arn) return undefined;
        try {
          const { Tags: found = [] } = await acm.send(new ListTagsForCertificateCommand({ CertificateArn: arn }));
          return found.map(({ Key, Value }) => ({ Key, Value }));
        } catch (error) {
          if (error instanceof ResourceNotFoundException) return undefined;
          throw error;
        }
      },
      put: async (tags) => {
        const of = { DomainName, ValidationMethod: 'DNS', KeyAlgorithm: 'RSA_2048' } as const;
        const { CertificateArn } = await acm.send(
          new RequestCertificateCommand({ ...of, Tags: tags.flatMap(({ Key, Value }) => (Key ? [{ Key, Value }] : [])) }),
        );
        arn = CertificateArn;
      },
      remove: async () => {
        await acm.send(new DeleteCertificateCommand({ CertificateArn: arn }));
      },
    },
    others: () => othersTags(Tags, tenantId),
  };
}
