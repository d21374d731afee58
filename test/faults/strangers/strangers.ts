import type { StackRecord } from '../../../local/stack-record.ts';
import type { AwsCall } from '../harness/lambda-process.ts';
import { SiloWatch } from '../harness/silo-watch.ts';
import { administratorClients, type Clients } from '../world/clients.ts';
import { writesOf } from './claims.ts';
import { hostNameIn, recordsClaim } from './host-names.ts';
import { itemClaim, type OfItem } from './items.ts';
import { type Claim, occupy, type Stranger } from './occupy.ts';
import { certificateClaim, stackClaim } from './silos.ts';
import { userClaim } from './users.ts';

/** Puts what another tenant or run could have where a call looks for the tenant's own, as the account's administrator. */
export class Strangers {
  readonly #clients: Clients;
  readonly #watch: SiloWatch;

  constructor(record: StackRecord) {
    this.#clients = administratorClients(record);
    this.#watch = new SiloWatch(record);
  }

  /** @param condition which write of a transaction is to be refused, from 1 */
  async at({ operation, input }: AwsCall, tenantId: string, condition = 0): Promise<Stranger> {
    // The input is what the SDK has taken, so it has the members that its operation has.
    const of = input as never;
    switch (operation) {
      case 'AdminCreateUser':
      case 'AdminGetUser':
        return occupy(userClaim(this.#clients, of));
      case 'CreateStack':
        return occupy(stackClaim(this.#clients, this.#watch, of, tenantId));
      case 'RequestCertificate':
        return occupy(certificateClaim(this.#clients, of, tenantId));
      case 'ChangeResourceRecordSets': {
        const { HostedZoneId, ChangeBatch } = input as { HostedZoneId: string; ChangeBatch: { Changes: [] } };
        return occupy(recordsClaim(this.#clients, HostedZoneId, hostNameIn(ChangeBatch.Changes)));
      }
      case 'ListResourceRecordSets': {
        const { HostedZoneId, StartRecordName } = input as { HostedZoneId: string; StartRecordName: string };
        return occupy(recordsClaim(this.#clients, HostedZoneId, StartRecordName));
      }
      default: {
        const write = operation === 'TransactWrite' ? writesOf(input)[condition - 1] : input;
        return occupy((await itemClaim(this.#clients, write as OfItem)) as Claim<Record<string, unknown>>);
      }
    }
  }
}
