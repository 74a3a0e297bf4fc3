import {
  CognitoIdentityProviderClient,
  paginateListUserPoolClients,
  paginateListUserPools,
} from '@aws-sdk/client-cognito-identity-provider';
import type { Installation } from './installation';
import { OperatorError } from './operator-error';

/** The user pool of an installation and the app client that people sign in to. */
export interface Pool {
  readonly client: CognitoIdentityProviderClient;
  readonly id: string;
  /** The `iss` of its tokens, from which ids of people follow. */
  readonly issuer: string;
  /** Asked for where it is needed only. @throws OperatorError */
  clientId(): Promise<string>;
  close(): void;
}

/**
 * Finds the pool by the name that the stacks give it, `parley-<stage>`.
 * @throws OperatorError where there is none: with access=iam nobody signs in
 */
export async function findPool({ stage, endpoint, description }: Installation): Promise<Pool> {
  const client = new CognitoIdentityProviderClient({});
  try {
    const found: string[] = [];
    for await (const { UserPools = [] } of paginateListUserPools({ client }, { MaxResults: 60 }))
      for (const { Id, Name } of UserPools)
        if (Id !== undefined && Name === `parley-${stage}`) found.push(Id);
    const [id] = found;
    if (id === undefined)
      throw new OperatorError(
        `There is no user pool parley-${stage} at ${description}; with access=iam nobody signs in.`,
      );
    if (found.length > 1)
      throw new OperatorError(`There are ${found.length} user pools parley-${stage}: ${found.join(', ')}.`);
    const region = await client.config.region();
    const issuer =
      endpoint === undefined
        ? `https://cognito-idp.${region}.amazonaws.com/${id}`
        : `${endpoint}/user-pools/${id}`;
    return {
      client,
      id,
      issuer,
      clientId: () => onlyClientOf(client, id),
      close: () => client.destroy(),
    };
  } catch (error) {
    client.destroy();
    throw error;
  }
}

async function onlyClientOf(client: CognitoIdentityProviderClient, poolId: string): Promise<string> {
  const found: string[] = [];
  for await (const { UserPoolClients = [] } of paginateListUserPoolClients(
    { client },
    { UserPoolId: poolId },
  ))
    for (const { ClientId } of UserPoolClients) if (ClientId !== undefined) found.push(ClientId);
  const [clientId] = found;
  if (clientId === undefined || found.length > 1)
    throw new OperatorError(`The user pool should have one app client, but has ${found.length}.`);
  return clientId;
}
