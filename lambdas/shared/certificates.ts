import { createHash } from 'node:crypto';
import {
  type CertificateDetail,
  DeleteCertificateCommand,
  DescribeCertificateCommand,
  ListCertificatesCommand,
  ListTagsForCertificateCommand,
  RequestCertificateCommand,
  ResourceNotFoundException,
} from '@aws-sdk/client-acm';
import type { FailureClass } from '../../contracts/steps.ts';
import { acm } from './clients.ts';
import type { DnsRecord } from './dns-records.ts';
import { BuildFailed, Conflict } from './errors.ts';

/* A tenant's certificate in ACM. ACM gives it no name of its own, so it is found by the host name, and told by its tags. */

const tenantTag = 'tenantry:tenantId';
const requestTag = 'tenantry:request';
const mostAPage = 1_000;

/** A certificate that was found for a host name. */
interface Found {
  readonly arn: string;
  readonly tenantId: string | undefined;
  /** Which attempt asked for it. */
  readonly request: string | undefined;
}

/** An account has some thousands of certificates at most (a silo, a certificate), so this is a page or a few. */
async function certificatesFor(hostName: string): Promise<Found[]> {
  const arns: string[] = [];
  let NextToken: string | undefined;
  do {
    const page = await acm().send(new ListCertificatesCommand({ Includes: { keyTypes: ['RSA_2048'] }, MaxItems: mostAPage, NextToken }));
    for (const { CertificateArn, DomainName } of page.CertificateSummaryList ?? [])
      if (CertificateArn && DomainName === hostName) arns.push(CertificateArn);
    NextToken = page.NextToken;
  } while (NextToken);
  return Promise.all(
    arns.map(async (arn) => {
      const { Tags = [] } = await acm().send(new ListTagsForCertificateCommand({ CertificateArn: arn }));
      const tagged = (key: string) => Tags.find(({ Key }) => Key === key)?.Value;
      return { arn, tenantId: tagged(tenantTag), request: tagged(requestTag) };
    }),
  );
}

/**
 * @returns the tenant's certificates for the name: one at most that has not failed; none when there is none, or ACM does not list it yet
 * @throws Conflict when another's is there
 */
export async function certificatesOf(tenantId: string, hostName: string): Promise<Found[]> {
  const found = await certificatesFor(hostName);
  if (found.some((each) => each.tenantId !== tenantId))
    throw new Conflict("There is a certificate for the tenant's name that is not the tenant's.");
  return found;
}

/** Which attempt asks for a certificate, in place of which ones, and for how long it had seen none when it looked. */
interface Request {
  readonly request: string;
  readonly insteadOf: readonly Found[];
  readonly waitedSeconds: number;
}

/** After so long ACM lists what it has made: what a token was used for is gone then, by a correction that was taken back, or by hand. */
const listedAfterSeconds = 120;

/**
 * Asks for a certificate in place of those that have failed. Whoever has seen the same ones asks for the same certificate, in whichever attempt, also one that was cut off and goes on later: a token is
 * the same request for an hour, also when its certificate has been deleted. The tags are of the first who asked: https://docs.aws.amazon.com/acm/latest/APIReference/API_RequestCertificate.html
 */
export async function requestCertificate(
  hostName: string,
  tenantId: string,
  { request, insteadOf, waitedSeconds }: Request,
): Promise<void> {
  const times = Math.max(0, Math.floor(waitedSeconds / listedAfterSeconds));
  const asked = [tenantId, hostName, times, ...insteadOf.map(({ arn }) => arn).sort()].join(' ');
  await acm().send(
    new RequestCertificateCommand({
      DomainName: hostName,
      ValidationMethod: 'DNS',
      KeyAlgorithm: 'RSA_2048',
      // 32 word characters at most.
      IdempotencyToken: createHash('sha256').update(asked).digest('hex').slice(0, 32),
      Tags: [
        { Key: tenantTag, Value: tenantId },
        { Key: requestTag, Value: request },
      ],
    }),
  );
}

/** What is known of a certificate. */
export interface Certificate extends Found {
  readonly state: 'pending' | 'issued' | 'failed';
  /** What proves to ACM that the name is ours; ACM has it some seconds after the request. */
  readonly validation: DnsRecord | undefined;
  readonly detail: CertificateDetail;
}

export async function readCertificate(found: Found): Promise<Certificate> {
  const { Certificate: detail = {} } = await acm().send(new DescribeCertificateCommand({ CertificateArn: found.arn }));
  const { Name, Value } = detail.DomainValidationOptions?.[0]?.ResourceRecord ?? {};
  return {
    ...found,
    state: detail.Status === 'ISSUED' ? 'issued' : detail.Status === 'PENDING_VALIDATION' ? 'pending' : 'failed',
    validation: Name && Value ? { name: Name.replace(/\.$/, ''), type: 'CNAME', value: Value } : undefined,
    detail,
  };
}

/** One that is gone already is as good as deleted. */
export async function deleteCertificate(CertificateArn: string): Promise<void> {
  try {
    await acm().send(new DeleteCertificateCommand({ CertificateArn }));
  } catch (error) {
    if (!(error instanceof ResourceNotFoundException)) throw error;
  }
}

/** Deletes the tenant's certificates for the name, and nobody else's. */
export async function deleteCertificatesOf(tenantId: string, hostName: string): Promise<void> {
  for (const { arn, tenantId: owner } of await certificatesFor(hostName)) if (owner === tenantId) await deleteCertificate(arn);
}

/** Why ACM did not issue: https://docs.aws.amazon.com/acm/latest/userguide/troubleshooting-failed.html */
const causes: Readonly<Record<string, { readonly class: FailureClass; readonly because: string }>> = {
  CAA_ERROR: { class: 'bug', because: 'our domain does not let the authority issue it' },
  DOMAIN_NOT_ALLOWED: { class: 'needs input', because: 'the authority does not issue any for this name' },
  DOMAIN_VALIDATION_DENIED: { class: 'needs input', because: 'the authority does not issue any for this name' },
  ADDITIONAL_VERIFICATION_REQUIRED: { class: 'bug', because: 'the authority asks us for more information' },
  INVALID_PUBLIC_DOMAIN: { class: 'bug', because: 'our domain is not a public one' },
  VALIDATION_TIMED_OUT: { class: 'bug', because: 'the authority has not found our proof of the name' },
};
const unknownCause = { class: 'retry', because: 'the authority met a fault' } as const;

/** @returns why the tenant has no certificate, in words that the customer may read */
export function certificateFailure({ detail, state }: Certificate): BuildFailed {
  const code = state === 'pending' ? 'NotIssuedInTime' : (detail.FailureReason ?? detail.Status ?? 'FAILED');
  const late = { class: 'retry', because: 'the authority has not issued it in time' } as const;
  const { class: failureClass, because } = state === 'pending' ? late : (causes[code] ?? unknownCause);
  return new BuildFailed(`The certificate of the tenant's name could not be issued: ${because}.`, {
    class: failureClass,
    code,
    operation: `ACM: ${detail.Status}`,
  });
}
