/** Where a tenant's data begins in every shared store: the partition key of tables, the prefix of objects. */
export const namespaceOf = (tenantId: string) => tenantId;

/** The item that says whose namespace it is. */
export const namespaceItemId = 'NAMESPACE';
