import type { Command } from 'commander';
import type { Operation } from '../contracts/routes.ts';
import { type AnswerOf, callApi, type RequestParts } from './api.ts';
import { type Profile, readProfile } from './profiles.ts';
import { currentIdToken } from './sign-in/session.ts';

/** What every command works with. */
export interface Context {
  /** Print JSON instead of words. */
  readonly json: boolean;
  profile(): Promise<Profile>;
  /** Calls the API of the profile; on staff's routes as who is signed in. */
  call<Name extends Operation>(operation: Name, parts: RequestParts): Promise<AnswerOf<Name>>;
}

/** @returns the context that the options given anywhere on the command line make */
export function contextOf(command: Command): Context {
  const { json = false, profile: name } = command.optsWithGlobals<{ json?: boolean; profile?: string }>();
  let reading: Promise<Profile> | undefined;
  const profile = () => {
    reading ??= readProfile(name);
    return reading;
  };
  return {
    json,
    profile,
    call: async (operation, parts) => {
      const known = await profile();
      const idToken = (renewed: boolean) => currentIdToken(known, renewed);
      return callApi({ apiUrl: known.apiUrl, profile: known, idToken }, operation, parts);
    },
  };
}
