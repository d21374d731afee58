import {
  AdminCreateUserCommand,
  AdminDeleteUserCommand,
  AdminGetUserCommand,
  type AttributeType,
  UserNotFoundException,
} from '@aws-sdk/client-cognito-identity-provider';
import { tenantAttribute } from '../../../lambdas/shared/tenant-users.ts';
import type { Clients } from '../world/clients.ts';
import { type Claim, storeIsGone, strangerId } from './occupy.ts';

interface OfUser {
  readonly UserPoolId: string;
  readonly Username: string;
  readonly UserAttributes?: readonly AttributeType[];
}

interface User {
  readonly attributes: readonly AttributeType[];
  readonly status?: string | undefined;
}

/** A user of the name, in another tenant. */
export const userClaim = ({ cognito }: Clients, { UserPoolId, Username, UserAttributes = [] }: OfUser): Claim<User> => ({
  place: {
    read: async () => {
      try {
        const { UserAttributes: attributes = [], UserStatus } = await cognito.send(new AdminGetUserCommand({ UserPoolId, Username }));
        return { attributes, status: UserStatus };
      } catch (error) {
        if (error instanceof UserNotFoundException) return undefined;
        return storeIsGone(error as Error);
      }
    },
    put: async ({ attributes }) => {
      // The `sub` is Cognito's to give.
      const given = attributes.filter(({ Name }) => Name !== 'sub');
      await cognito.send(new AdminCreateUserCommand({ UserPoolId, Username, MessageAction: 'SUPPRESS', UserAttributes: given }));
    },
    remove: async () => {
      await cognito.send(new AdminDeleteUserCommand({ UserPoolId, Username }));
    },
  },
  others: (own) => ({
    attributes: (own?.attributes ?? UserAttributes).map(({ Name, Value }) => ({
      Name,
      Value: Name === tenantAttribute ? strangerId : Value,
    })),
  }),
});
