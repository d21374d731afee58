import {
  type CertificateStatus,
  DeleteCertificateCommand,
  DescribeCertificateCommand,
  type FailureReason,
  ListCertificatesCommand,
  ListTagsForCertificateCommand,
  RequestCertificateCommand,
  ResourceNotFoundException,
  type Tag,
} from '@aws-sdk/client-acm';

interface Certificate {
  readonly CertificateArn: string;
  readonly DomainName: string;
  readonly Tags: readonly Tag[];
  readonly token: string | undefined;
  Status: CertificateStatus;
  FailureReason?: FailureReason;
  /** ACM lists and describes a certificate some seconds after the request. */
  seen: boolean;
}
interface RequestInput {
  readonly DomainName: string;
  readonly IdempotencyToken?: string;
  readonly Tags?: readonly Tag[];
}
interface ArnInput {
  readonly CertificateArn: string;
}

/** What the handlers use of ACM, in memory. A certificate stays pending until a test ends it. */
export class FakeCertificates {
  /** Which method serves which command. */
  static readonly operations = [
    [RequestCertificateCommand, 'request'],
    [ListCertificatesCommand, 'list'],
    [ListTagsForCertificateCommand, 'tags'],
    [DescribeCertificateCommand, 'describe'],
    [DeleteCertificateCommand, 'delete'],
  ] as const;
  readonly certificates = new Map<string, Certificate>();
  #made = 0;

  #certificate({ CertificateArn }: ArnInput): Certificate {
    const found = this.certificates.get(CertificateArn);
    if (!found?.seen) throw new ResourceNotFoundException({ message: 'Could not find the certificate.', $metadata: {} });
    return found;
  }

  request({ DomainName, IdempotencyToken: token, Tags = [] }: RequestInput) {
    if (DomainName.length > 64) throw new Error('The name is too long.');
    if (token && !/^\w{1,32}$/.test(token)) throw new Error('A token has 1 to 32 word characters.');
    const same = token && [...this.certificates.values()].find((each) => each.token === token);
    if (same) return { CertificateArn: same.CertificateArn };
    this.#made += 1;
    const CertificateArn = `arn:aws:acm:eu-central-1:111122223333:certificate/${this.#made}`;
    this.certificates.set(CertificateArn, { CertificateArn, DomainName, Tags, token, Status: 'PENDING_VALIDATION', seen: true });
    return { CertificateArn };
  }

  /** Two a page, so that whoever reads only one page is found out. */
  list({ NextToken = '0' }: { readonly NextToken?: string }) {
    const all = [...this.certificates.values()].filter(({ seen }) => seen);
    const next = Number(NextToken) + 2;
    return {
      CertificateSummaryList: all.slice(Number(NextToken), next).map(({ CertificateArn, DomainName }) => ({ CertificateArn, DomainName })),
      ...(next < all.length ? { NextToken: String(next) } : {}),
    };
  }

  tags = (input: ArnInput) => ({ Tags: [...this.#certificate(input).Tags] });

  describe(input: ArnInput) {
    const { DomainName, Status, FailureReason, CertificateArn } = this.#certificate(input);
    const ResourceRecord = { Name: `_proof.${DomainName}.`, Type: 'CNAME', Value: '_value.acm-validations.aws.' };
    return {
      Certificate: { CertificateArn, DomainName, Status, FailureReason, DomainValidationOptions: [{ DomainName, ResourceRecord }] },
    };
  }

  delete(input: ArnInput) {
    this.certificates.delete(this.#certificate(input).CertificateArn);
    return {};
  }

  /** Ends what is under way with each certificate for a name. */
  become(DomainName: string, Status: CertificateStatus, reason?: FailureReason) {
    for (const each of this.certificates.values())
      if (each.DomainName === DomainName && each.Status === 'PENDING_VALIDATION')
        Object.assign(each, { Status, ...(reason ? { FailureReason: reason } : {}) });
  }
}
