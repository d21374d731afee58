import { PutSecretValueCommand, SecretsManagerClient, type SecretsManagerClientConfig } from '@aws-sdk/client-secrets-manager';
import type { ProviderAccess } from './payment-provider.ts';

/** Puts into the deployment's secret what its operator would put there. */
export async function storePaymentSecret(config: SecretsManagerClientConfig, SecretId: string, access: ProviderAccess): Promise<void> {
  const { apiUrl, apiKey, webhookSigningSecret } = access;
  const client = new SecretsManagerClient(config);
  try {
    await client.send(new PutSecretValueCommand({ SecretId, SecretString: JSON.stringify({ apiUrl, apiKey, webhookSigningSecret }) }));
  } finally {
    client.destroy();
  }
}
