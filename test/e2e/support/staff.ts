import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { AdminRemoveUserFromGroupCommand } from '@aws-sdk/client-cognito-identity-provider';
import { TOTP } from 'otpauth';
import type { StaffOperator } from '../../../local/stack-record.ts';
import { cognito, output } from './clients.ts';

/** @returns the path of a file that is named relative to this folder */
export const fileOf = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** What a command of the command line came to. */
export interface CommandResult {
  readonly exitCode: number;
  readonly output: string;
  readonly errors: string;
}

/** Runs one of our programs in a process of its own. */
export function run(file: string, parameters: readonly string[], variables: Record<string, string> = {}): Promise<CommandResult> {
  return new Promise((resolve) => {
    execFile(process.execPath, [file, ...parameters], { env: { ...process.env, ...variables } }, (error, output, errors) => {
      resolve({ exitCode: error ? Number(error.code ?? 1) : 0, output, errors });
    });
  });
}

/** A member of staff at their terminal: signed in by password and one-time code, with a configuration folder of their own. */
export class StaffMember {
  readonly member: StaffOperator;
  readonly #folder: string;

  private constructor(member: StaffOperator, folder: string) {
    this.member = member;
    this.#folder = folder;
  }

  /**
   * Makes a new member of staff, so that no one-time code is needed twice, and signs them in by `tenantry login`. Who is no operator is in none
   * of the pool's groups.
   */
  static async signIn({ isOperator = true } = {}): Promise<StaffMember> {
    const enrolled = await run(fileOf('./enrol-staff-member.ts'), [`staff-${randomUUID()}@example.com`]);
    if (enrolled.exitCode !== 0) throw new Error(enrolled.errors);
    const member: StaffOperator = JSON.parse(enrolled.output);
    const { username: Username } = member;
    if (!isOperator)
      await cognito.send(new AdminRemoveUserFromGroupCommand({ UserPoolId: output('StaffUserPoolId'), Username, GroupName: 'operators' }));
    const staff = new StaffMember(member, await mkdtemp(join(tmpdir(), 'tenantry-staff-')));
    const signedIn = await staff.#tenantry(['login'], {
      TENANTRY_USERNAME: member.username,
      TENANTRY_PASSWORD: member.password,
      TENANTRY_CODE: new TOTP({ secret: member.totpSecret }).generate(),
    });
    if (signedIn.exitCode !== 0) throw new Error(signedIn.errors);
    return staff;
  }

  /** Runs `tenantry` with these parameters. */
  tenantry(...parameters: string[]): Promise<CommandResult> {
    return this.#tenantry(parameters, {});
  }

  /** The header that makes a request the member's. */
  async authorization(): Promise<Record<string, string>> {
    const session = JSON.parse(await readFile(join(this.#folder, 'tenantry', 'sessions', 'local.json'), 'utf8'));
    return { authorization: `Bearer ${session.idToken}` };
  }

  async leave(): Promise<void> {
    await rm(this.#folder, { recursive: true, force: true });
  }

  #tenantry(parameters: readonly string[], variables: Record<string, string> = {}): Promise<CommandResult> {
    const own = { XDG_CONFIG_HOME: this.#folder, TENANTRY_PROFILE: 'local', ...variables };
    return run(fileOf('../../../cli/tenantry.ts'), parameters, own);
  }
}
