import { afterAll, afterEach, beforeAll, expect } from '@jest/globals';
import { type Deployment, startDeployment } from './deployment.ts';

/** The deployment that a file's tests talk to. */
export let deployment: Deployment;

/** Has the tests of a file talk to one deployment, signed in. What each has asked must be as the contracts have it, and is forgotten after it. */
export function beginSignedIn(): void {
  beforeAll(async () => {
    deployment = await startDeployment();
    await deployment.signIn();
  });
  afterAll(() => deployment.stop());
  afterEach(() => {
    expect(deployment.api.violations.splice(0)).toEqual([]);
    deployment.api.requests.splice(0);
  });
}
