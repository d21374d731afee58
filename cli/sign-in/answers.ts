import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { TOTP } from 'otpauth';
import { usageFailure } from '../failure.ts';
import { printNote } from '../output.ts';
import type { Profile, SeededOperator } from '../profiles.ts';
import type { Answers } from './challenges.ts';
import type { Terminal } from './terminal.ts';

/** Where answers may come from instead of the terminal. */
export interface AnswerOptions {
  readonly username?: string;
  readonly passwordFile?: string;
}

/** @returns answers from the options and the environment, and from the terminal for what they leave open */
export function answersOf(profile: Profile, options: AnswerOptions, terminal: Terminal): Answers {
  const username = options.username ?? process.env['TENANTRY_USERNAME'];
  const { seededOperator } = profile;
  if (seededOperator && (username ?? seededOperator.username) === seededOperator.username && !givenPassword(options)) {
    return { ...fromTerminal(username, options, terminal), ...fromSeededOperator(seededOperator) };
  }
  return fromTerminal(username, options, terminal);
}

const givenPassword = (options: AnswerOptions) => options.passwordFile ?? process.env['TENANTRY_PASSWORD'];

function fromTerminal(username: string | undefined, { passwordFile }: AnswerOptions, terminal: Terminal): Answers {
  return {
    username: async () => username ?? (await terminal.ask('Username: ')).trim(),
    password: async () =>
      passwordFile ? readPassword(passwordFile) : (process.env['TENANTRY_PASSWORD'] ?? (await terminal.askSecret('Password: '))),
    newPassword: async (refused) => {
      const given = process.env['TENANTRY_NEW_PASSWORD'];
      if (given !== undefined && !refused) return given;
      if (given !== undefined) throw usageFailure(`The new password was refused: ${refused}`, 'Set another TENANTRY_NEW_PASSWORD.');
      printNote(refused ? `That was refused: ${refused}` : 'This is a temporary password. Choose one of your own.');
      return askTwice(terminal);
    },
    code: async (refused) => {
      const given = process.env['TENANTRY_CODE'];
      if (given !== undefined && !refused) return given;
      if (given !== undefined)
        throw usageFailure(`The code was refused: ${refused}`, 'Set TENANTRY_CODE to the code that the authenticator shows now.');
      if (refused) printNote(`That was refused: ${refused}`);
      return (await terminal.askSecret('Code of your authenticator: ')).replaceAll(' ', '');
    },
    showAuthenticator: (secret, name) => {
      const uri = new TOTP({ issuer: 'Tenantry', label: name, secret }).toString();
      printNote('Add this account to your authenticator app, by the address or by the key alone; it is shown only now.');
      printNote(`  Address  ${uri}`);
      printNote(`  Key      ${secret}`);
    },
  };
}

async function askTwice(terminal: Terminal): Promise<string> {
  const first = await terminal.askSecret('New password: ');
  const second = await terminal.askSecret('New password again: ');
  if (first === second) return first;
  printNote('They differ.');
  return askTwice(terminal);
}

async function readPassword(file: string): Promise<string> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw usageFailure(`The password file ${file} cannot be read (${error.code}).`, 'Name a file that you may read.');
  });
  // Editors end a file with a line break that belongs to no password.
  return text.replace(/\r?\n$/, '');
}

function fromSeededOperator(operator: SeededOperator): Pick<Answers, 'username' | 'password' | 'code'> {
  const totp = new TOTP({ secret: operator.totpSecret });
  return {
    username: async () => operator.username,
    password: async () => operator.password,
    code: async (refused) => {
      if (refused) {
        const remaining = totp.remaining();
        printNote(`The code was used already. The next one comes in ${Math.ceil(remaining / 1000)} seconds.`);
        await delay(remaining);
      }
      return totp.generate();
    },
  };
}
