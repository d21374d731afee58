// Signs a user in by SRP and prints Cognito's answer as JSON. Run as a process of its own: the library's big numbers take ten seconds
// inside Jest and half of one outside. Arguments: endpoint, region, user pool, app client, user name, password.
import {
  CognitoIdentityProviderClient,
  InitiateAuthCommand,
  RespondToAuthChallengeCommand,
} from '@aws-sdk/client-cognito-identity-provider';
import { createSrpSession, signSrpSession, wrapAuthChallenge, wrapInitiateAuth } from 'cognito-srp-helper';

const [endpoint = '', region = '', userPoolId = '', ClientId = '', username = '', password = ''] = process.argv.slice(2);
const cognito = new CognitoIdentityProviderClient({ endpoint, region, credentials: { accessKeyId: 'unused', secretAccessKey: 'unused' } });
const session = createSrpSession(username, password, userPoolId, false);
const question = wrapInitiateAuth(session, { ClientId, AuthFlow: 'USER_SRP_AUTH', AuthParameters: { USERNAME: username } });
const { ChallengeParameters = {} } = await cognito.send(new InitiateAuthCommand({ ...question, AuthFlow: 'USER_SRP_AUTH' }));
const signed = signSrpSession(session, { ChallengeParameters });
const proof = wrapAuthChallenge(signed, { ClientId, ChallengeName: 'PASSWORD_VERIFIER', ChallengeResponses: { USERNAME: username } });
const answer = await cognito.send(new RespondToAuthChallengeCommand({ ...proof, ChallengeName: 'PASSWORD_VERIFIER' }));
process.stdout.write(JSON.stringify(answer));
