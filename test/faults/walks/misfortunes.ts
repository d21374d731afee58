import { befalls } from '../cases/enumerate.ts';
import { type CallFault, callFaults } from '../cases/fault-case.ts';
import type { AwsCall } from '../harness/lambda-process.ts';
import type { Chance } from './chance.ts';

const minute = 60_000;

/** What befalls the workflow's call of a function. */
const invocationFaults = ['not-invoked', 'invoked-twice', 'invoked-at-once', 'stale-duplicate'] as const;
type InvocationFault = (typeof invocationFaults)[number];

/** For a while, every call of an operation is refused in the same way. */
interface Outage {
  readonly name: string;
  readonly operation: string;
  readonly fault: CallFault;
  readonly from: number;
  readonly until: number;
}

const operationsThatFail = [
  'TransactWrite',
  'Get',
  'Put',
  'AdminCreateUser',
  'AdminGetUser',
  'Decrypt',
  'GenerateMac',
  'PutEvents',
  'SendMessage',
  'ChangeMessageVisibility',
  'Invoke',
  'AssumeRole',
];
const faultsThatStay: readonly CallFault[] = ['throttled', 'server-error', 'denied', 'connection-reset', 'killed-before'];

/**
 * What goes wrong in a walk, and where; each misfortune has a name, by which it can be left out. Things go wrong for some minutes from the beginning of the walk, and again while
 * its signups expire, so that every walk comes to an end.
 */
export class Misfortunes {
  /** The names of those that struck. */
  readonly struck = new Set<string>();
  /** Whether a step fails for everybody, for so long that onboarding pauses. */
  readonly badDay: boolean;
  readonly #chance: Chance;
  readonly #times: readonly (readonly [from: number, until: number])[];
  readonly #without: ReadonlySet<string>;
  readonly #rate: number;
  readonly #outages: readonly Outage[];

  constructor(chance: Chance, startsAt: number, expiresAt: number, without: ReadonlySet<string>) {
    this.#chance = chance;
    this.#without = without;
    this.#times = [
      [startsAt, startsAt + 10 * minute],
      [expiresAt - minute, expiresAt + 5 * minute],
    ];
    this.#rate = chance.oneOf([0, 0.01, 0.03, 0.08], 'rate');
    this.badDay = chance.happens(0.2, 'bad day');
    const badDay: Outage = {
      name: 'bad-day',
      operation: chance.oneOf(['AdminCreateUser', 'AdminInitiateAuth'], 'bad day', 'operation'),
      fault: chance.oneOf(['denied', 'server-error', 'connection-reset'], 'bad day', 'fault'),
      from: startsAt,
      until: startsAt + chance.between(20 * minute, 60 * minute, 'bad day', 'lasts'),
    };
    const outages = Array.from({ length: chance.between(0, 2, 'outages') }, (_, place) => {
      const from = startsAt + chance.between(0, 2 * minute, 'outage', place, 'from');
      const operation = chance.oneOf(operationsThatFail, 'outage', place, 'operation');
      const fault = chance.oneOf(faultsThatStay, 'outage', place, 'fault');
      const until = from + chance.between(1_000, 3 * minute, 'outage', place, 'lasts');
      return { name: `outage-${place}-of-${operation}`, operation, fault, from, until };
    });
    this.#outages = [...outages, ...(this.badDay ? [badDay] : [])];
  }

  /** Whether anything can go wrong now. */
  at(now: number): boolean {
    return [...this.#times, ...this.#outages.map(({ from, until }) => [from, until] as const)].some(
      ([from, until]) => now >= from && now < until,
    );
  }

  #byChance(now: number): boolean {
    return this.#times.some(([from, until]) => now >= from && now < until);
  }

  ofCall(who: string, { index, operation }: AwsCall, now: number): CallFault | undefined {
    const outage = this.#outages.find((each) => each.operation === operation && now >= each.from && now < each.until);
    if (outage && this.#strikes(outage.name)) return outage.fault;
    const name = `${who}/${index}-${operation}`;
    if (!this.#byChance(now) || !this.#chance.happens(this.#rate, name)) return undefined;
    const fault = this.#chance.oneOf(
      callFaults.filter((each) => befalls(each, operation)),
      name,
      'fault',
    );
    return this.#strikes(`${name}/${fault}`) ? fault : undefined;
  }

  ofInvocation(who: string, now: number): InvocationFault | undefined {
    if (!this.#byChance(now) || !this.#chance.happens(this.#rate * 2, who)) return undefined;
    const fault = this.#chance.oneOf(invocationFaults, who, 'fault');
    return this.#strikes(`${who}/${fault}`) ? fault : undefined;
  }

  /** How long a request is on its way: most for some milliseconds, and a few for so long that nobody waits any more. */
  latencyMilliseconds(who: string, { index }: AwsCall, now: number): number {
    const name = `${who}/${index}/slow`;
    if (this.#byChance(now) && this.#chance.happens(this.#rate / 2, name) && this.#strikes(name))
      return this.#chance.between(1_000, 45_000, name, 'lasts');
    return this.#chance.milliseconds(20, who, index, 'latency');
  }

  #strikes(name: string): boolean {
    if (this.#without.has(name)) return false;
    this.struck.add(name);
    return true;
  }
}
