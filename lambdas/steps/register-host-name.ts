import { certificateFailure, certificatesOf, deleteCertificate, readCertificate, requestCertificate } from '../shared/certificates.ts';
import { putTenantRecords, tenantRecordsAt } from '../shared/dns-records.ts';
import { releaseHostName } from '../shared/host-names.ts';
import { releaseOfSlug } from '../shared/slug-rows.ts';
import { type StepContext, stepHandler } from '../shared/step.ts';
import { hostNameOf, refuseLongSlug, tenantDomain } from '../shared/tenant-domain.ts';
import { askAgainSeconds, secondsSince } from '../shared/waiting.ts';

/*
 * Gives the tenant its name, `<slug>.<domain>`, and a certificate for it. The records carry the tenant's id, and so does the certificate, so a repeat meets its
 * own; anything else at the name is a conflict. The record that proves the name to ACM is put with the name itself, so a certificate that is issued shows that
 * the zone is delegated and the name is seen. Like DeploySilo it never waits, and a redrive asks for another certificate in place of one that failed, which goes when the other is issued.
 * What a slug had that was corrected since is taken away first, and the slug is free when the step is done.
 * Where the deployment has no domain for its tenants, there is nothing to do, and the answer says so. Undone by host-names.ts.
 */

/** Most certificates are issued in minutes, so by then somebody should look; a redrive waits on for the same one. */
const longestIssueSeconds = 20 * 60;

/** What a redrive asks of ACM carries its name, so it is known whether a certificate that failed was asked for by this redrive or before it. */
const requestOf = ({ input: { runId, generation, redriveCount } }: StepContext) => `${runId}-${generation}-${redriveCount}`;

export const handler = stepHandler({
  name: 'RegisterHostName',
  during: 'PROVISIONING',
  waits: true,
  intent: ({ slug }) => {
    const domain = tenantDomain();
    return domain && { hostName: hostNameOf(slug, domain) };
  },
  run: async (context) => {
    const { tenant, startedAt } = context;
    const { slug, tenantId, formerSlugs = [] } = tenant;
    const waitedSeconds = secondsSince(startedAt);
    const waiting = { ready: false, askAgainSeconds: askAgainSeconds(startedAt) };
    const domain = tenantDomain();
    for (const former of formerSlugs) await releaseHostName({ slug: former, tenantId });
    const released = {
      change: () => ({ formerSlugs: undefined }),
      alongside: () => formerSlugs.map((former) => releaseOfSlug(former, tenantId)),
    };
    if (!domain) return { result: { ...waiting, ready: true }, ...released };

    const hostName = hostNameOf(slug, domain);
    refuseLongSlug(slug, domain);
    const answer = { ...waiting, hostName };
    const present = await tenantRecordsAt(domain, hostName, tenantId);
    const certificates = await Promise.all((await certificatesOf(tenantId, hostName)).map(readCertificate));
    const failed = certificates.filter(({ state }) => state === 'failed');
    const certificate = certificates.find((each) => !failed.includes(each));
    const request = requestOf(context);
    if (!certificate) {
      const own = failed.find((each) => each.request === request);
      if (own) throw certificateFailure(own);
      await requestCertificate(hostName, tenantId, { request, insteadOf: failed, waitedSeconds });
      return { unfinished: answer };
    }
    const { state, validation, arn } = certificate;
    if (validation) await putTenantRecords(domain, { hostName, tenantId, validation }, present);
    if (state === 'issued' && validation) {
      for (const each of failed) await deleteCertificate(each.arn);
      const named = { hostName, certificateArn: arn };
      return { result: { ...answer, ...named, ready: true }, ...released, change: () => ({ ...released.change(), ...named }) };
    }
    if (secondsSince(startedAt) > longestIssueSeconds) throw certificateFailure(certificate);
    return { unfinished: answer };
  },
});
